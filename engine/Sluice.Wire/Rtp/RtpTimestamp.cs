namespace Sluice.Wire.Rtp;

/// <summary>
/// A 32-bit media time that wraps (RFC 3550 §5.1): at 90 kHz every 13.26 hours. The unit is the payload type's clock rate.
/// </summary>
public readonly record struct RtpTimestamp(uint Ticks)
{
    /// <summary>Ticks from this to <paramref name="other"/>, negative when that is older; exactly 2³¹ away counts as older.</summary>
    public int DistanceTo(RtpTimestamp other) => (int)(other.Ticks - Ticks);

    public bool IsNewerThan(RtpTimestamp reference) => reference.DistanceTo(this) > 0;

    /// <summary>This time shifted by any number of ticks, wrapping.</summary>
    public RtpTimestamp Plus(long ticks) => new((uint)(Ticks + ticks));

    /// <summary>The 64-bit extended time nearest to <paramref name="highest"/>; negative when it lies before the first cycle.</summary>
    public static long Extend(long highest, RtpTimestamp timestamp) =>
        highest + new RtpTimestamp((uint)highest).DistanceTo(timestamp);

    /// <summary>
    /// Nanoseconds as ticks of <paramref name="clockRate"/> Hz, rounded down; whole seconds are split off first so that
    /// no duration overflows.
    /// </summary>
    public static long TicksFromNs(long ns, int clockRate)
    {
        long seconds = Math.DivRem(ns, NsPerSecond, out long restNs);
        return seconds * clockRate + FloorDivide(restNs * clockRate);
    }

    private const long NsPerSecond = 1_000_000_000;

    private static long FloorDivide(long scaled) => scaled >= 0 ? scaled / NsPerSecond : -((-scaled + NsPerSecond - 1) / NsPerSecond);
}
