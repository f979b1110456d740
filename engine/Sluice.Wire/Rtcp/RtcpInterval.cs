namespace Sluice.Wire.Rtcp;

/// <summary>How long to wait until the next RTCP compound (RFC 3550 §6.3.1, A.7), with chance passed in.</summary>
public static class RtcpInterval
{
    /// <summary>RFC 3550 §6.2: the least mean interval of a session that does not use the reduced minimum.</summary>
    public const double MinimumSeconds = 5;

    private const double SenderShare = 0.25;

    /// <summary>e − 3/2: makes up for timer reconsideration settling below the intended mean (RFC 3550 §6.3.1).</summary>
    private const double Compensation = 2.71828 - 1.5;

    /// <summary>What §6.3.1 calls the state of the session.</summary>
    /// <param name="Members">Known participants, ourselves included.</param>
    /// <param name="Senders">Those of them that send media.</param>
    /// <param name="RtcpBytesPerSecond">RTCP's share of the session bandwidth, usually 5 %.</param>
    /// <param name="AveragePacketBytes">Smoothed size of compounds seen and sent, with UDP and IP headers.</param>
    /// <param name="WeSent">Media left us since the second last report.</param>
    /// <param name="IsInitial">No report was sent yet: half the minimum, to be known soon.</param>
    public readonly record struct Session(
        int Members, int Senders, double RtcpBytesPerSecond, double AveragePacketBytes, bool WeSent, bool IsInitial);

    /// <summary>
    /// Seconds until the next report: the deterministic interval times 0.5 to 1.5. <paramref name="random"/> is uniform in
    /// [0, 1). A session without RTCP bandwidth never reports: positive infinity.
    /// </summary>
    public static double Seconds(in Session session, double random, double minimumSeconds = MinimumSeconds) =>
        DeterministicSeconds(session, minimumSeconds) * (random + 0.5) / Compensation;

    /// <summary>The interval Td before randomisation; also the unit of the member timeout (RFC 3550 §6.3.5).</summary>
    public static double DeterministicSeconds(in Session session, double minimumSeconds = MinimumSeconds)
    {
        double bandwidth = session.RtcpBytesPerSecond;
        int sharing = session.Members;
        // Few senders get a quarter of the bandwidth for themselves, so that new receivers hear of them soon.
        if (session.Senders <= session.Members * SenderShare)
        {
            bandwidth *= session.WeSent ? SenderShare : 1 - SenderShare;
            sharing = session.WeSent ? session.Senders : session.Members - session.Senders;
        }
        if (bandwidth <= 0)
            return double.PositiveInfinity;
        double minimum = session.IsInitial ? minimumSeconds / 2 : minimumSeconds;
        return Math.Max(minimum, session.AveragePacketBytes * sharing / bandwidth);
    }

    /// <summary>The reduced minimum: 360 divided by the session bandwidth in kbit/s (RFC 3550 §6.2).</summary>
    public static double ReducedMinimumSeconds(double sessionKbitPerSecond) =>
        sessionKbitPerSecond > 0 ? Math.Min(MinimumSeconds, 360 / sessionKbitPerSecond) : MinimumSeconds;
}
