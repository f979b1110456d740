using Sluice.Linux;
using Sluice.Wire.Rtcp;

namespace Sluice.Flow;

/// <summary>What a compound from a client changes in its progress; also used for reports in interleaved frames.</summary>
public static class ClientReports
{
    /// <summary>
    /// Any thread may call it for a framed client (its reports come by its connection); for UDP only the send thread does. False when
    /// it is over the client's rate: then nothing of it counts.
    /// </summary>
    internal static bool Take(in RtcpCompound compound, ClientSpec client, SendCounters? counters, MonotonicTime now, long wallMinusMonotonicNs)
    {
        var perSecondMax = client.Retransmit is null ? ReportingPeer.CompoundsPerSecondMax : ReportingPeer.FeedbackPerSecondMax;
        if (!client.Peer.TryAdmit(now.Ns, perSecondMax))
        {
            if (counters is not null)
                counters.ReportsLimited++;
            return false;
        }
        if (counters is not null)
            counters.ReportsReceived++;
        foreach (var packet in compound)
        {
            if (TryReadReport(packet, out var reporter, out var blocks))
                TakeReport(reporter, blocks, client, counters, now, NtpTime.FromUnixNs(now.Ns + wallMinusMonotonicNs));
            else if (Bye.TryRead(packet, out var bye))
                TakeBye(bye, client, counters);
        }
        return true;
    }

    /// <summary>A compound that came in an interleaved frame of the client's own connection; false when it is not RTCP.</summary>
    public static bool TryTake(ReadOnlySpan<byte> compound, ClientSpec client, MonotonicTime now, EngineClock clock)
    {
        if (!RtcpCompound.TryParse(compound, out var parsed))
            return false;
        Take(in parsed, client, null, now, clock.WallMinusMonotonicNs);
        return true;
    }

    private static bool TryReadReport(scoped in RtcpPacket packet, out uint reporter, out ReportBlocks blocks)
    {
        if (ReceiverReport.TryRead(packet, out var receiver, out blocks))
        {
            reporter = receiver.SenderSsrc;
            return true;
        }
        var isSender = SenderReport.TryRead(packet, out var sender, out blocks);
        reporter = sender.SenderSsrc;
        return isSender;
    }

    private static void TakeReport(uint reporter, ReportBlocks blocks, ClientSpec client, SendCounters? counters, MonotonicTime now, NtpTime arrival)
    {
        if (!client.Peer.Takes(reporter, now.Ns))
        {
            if (counters is not null)
                counters.ReportsForeign++;
            return;
        }
        Volatile.Write(ref client.Progress.LastHeardNs, now.Ns);
        foreach (var block in blocks)
            if (block.Ssrc == client.Ssrc)
                TakeBlock(block, client.Progress, now, arrival);
    }

    private static void TakeBlock(in ReportBlock block, ClientProgress progress, MonotonicTime now, NtpTime arrival)
    {
        progress.ReportedLost = block.CumulativeLost;
        progress.FractionLost = block.FractionLost;
        progress.ReportedJitter = block.JitterTicks;
        if (RtcpRoundTrip.TryCompute(arrival, block.LastSenderReport, block.DelaySinceLastSenderReport, out var roundTripNs))
            progress.RoundTripNs = roundTripNs;
        Volatile.Write(ref progress.LastReportNs, now.Ns);
    }

    // RFC 3550 §6.6. One that names somebody else (our own SSRC, or one that never reported) is not the peer's.
    private static void TakeBye(in Bye bye, ClientSpec client, SendCounters? counters)
    {
        for (var i = 0; i < bye.SourceCount; i++)
        {
            if (!client.Peer.IsBoundTo(bye.Ssrc(i)))
                continue;
            Volatile.Write(ref client.Progress.SaidBye, true);
            return;
        }
        if (counters is not null)
            counters.ByesIgnored++;
    }
}
