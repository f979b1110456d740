namespace Sluice.Wire.Rtcp;

/// <summary>Round-trip time from a report block's LSR and DLSR (RFC 3550 §6.4.1, figure 2), in units of 2⁻¹⁶ s on the wire.</summary>
public static class RtcpRoundTrip
{
    /// <summary>
    /// False when the receiver has not yet had a sender report (LSR 0) or the figures give a negative time: a peer whose
    /// delay is wrong, not a fast network.
    /// </summary>
    public static bool TryCompute(NtpTime arrival, uint lastSenderReport, uint delaySinceLastSenderReport, out long roundTripNs)
    {
        int units = (int)(arrival.Middle32 - lastSenderReport - delaySinceLastSenderReport);
        roundTripNs = UnitsToNs(units);
        bool usable = lastSenderReport != 0 && units >= 0;
        if (!usable)
            roundTripNs = 0;
        return usable;
    }

    /// <summary>Nanoseconds as DLSR units of 2⁻¹⁶ s; saturates below zero and above 18.2 hours.</summary>
    public static uint UnitsFromNs(long ns) => (uint)(Math.Clamp(ns, 0, NsMax) * (Int128)65_536 / 1_000_000_000);

    private const long NsMax = (long)uint.MaxValue * 1_000_000_000 / 65_536;

    private static long UnitsToNs(long units) => units * 1_000_000_000 >> 16;
}
