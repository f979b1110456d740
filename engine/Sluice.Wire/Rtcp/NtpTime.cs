namespace Sluice.Wire.Rtcp;

/// <summary>
/// A wall-clock time in 64-bit NTP form: seconds since 1900 in the upper half, 2⁻³² seconds in the lower (RFC 3550 §4).
/// </summary>
public readonly record struct NtpTime(ulong Value)
{
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>1900-01-01 to 1970-01-01.</summary>
    private const long UnixEpochSeconds = 2_208_988_800;

    public uint Seconds => (uint)(Value >> 32);
    public uint Fraction => (uint)Value;

    /// <summary>The middle 32 bits: 16 of seconds, 16 of fraction, as LSR and DLSR carry them (RFC 3550 §6.4.1).</summary>
    public uint Middle32 => (uint)(Value >> 16);

    /// <summary>Exact to 0.24 ns and back again to the same nanosecond; the seconds wrap in 2036.</summary>
    public static NtpTime FromUnixNs(long unixNs)
    {
        long seconds = Math.DivRem(unixNs, NsPerSecond, out long restNs);
        if (restNs < 0)
        {
            seconds--;
            restNs += NsPerSecond;
        }
        ulong fraction = ((ulong)restNs << 32) / NsPerSecond;
        return new NtpTime((ulong)(uint)(seconds + UnixEpochSeconds) << 32 | fraction);
    }

    /// <summary>Takes seconds with a clear top bit for the era from 2036 on (RFC 4330 §3), so the range is 1968 to 2104.</summary>
    public long ToUnixNs()
    {
        long seconds = Seconds - UnixEpochSeconds + (Seconds < 0x8000_0000 ? 1L << 32 : 0);
        // Rounded to nearest: a nanosecond is 4.29 units, so FromUnixNs's rounding down is undone exactly.
        long ns = (long)((Fraction * (ulong)NsPerSecond + 0x8000_0000) >> 32);
        return seconds * NsPerSecond + ns;
    }
}
