using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtcp;

namespace Sluice.Tests.Flow.Send;

/// <summary>Whose reports count, and how many (reliability.md X6).</summary>
public class ClientReportsTests
{
    private const ushort Port = 9_000, Rtcp = 9_001;
    private const uint Peer = 0xAA, Stranger = 0xBB;
    private const long SecondNs = 1_000_000_000;

    [Fact]
    public void OnlyTheBoundPeersByeCounts()
    {
        using var engine = Playing(out var client);
        engine.ReportArrives(Compound(Peer, client.Ssrc), Rtcp);
        engine.ReportArrives(Compound(Stranger, client.Ssrc, byeOf: Peer), 9_003);            // right SSRC, other port
        engine.ReportArrives(Compound(Peer, client.Ssrc, byeOf: client.Ssrc), Rtcp);          // names the victim itself
        engine.ReportArrives(Compound(Peer, client.Ssrc, byeOf: Stranger), Rtcp);
        engine.Step();
        Assert.False(client.Progress.SaidBye);
        Assert.Equal((1, 2), (engine.Send.Counters.ReportsUnknown, engine.Send.Counters.ByesIgnored));
        engine.ReportArrives(Compound(Peer, client.Ssrc, byeOf: Peer), Rtcp);
        engine.Step();
        Assert.True(client.Progress.SaidBye);
    }

    [Fact]
    public void AnotherSsrcFromTheSameAddressCountsOnlyWhenThePeerHasFallenSilent()
    {
        using var engine = Playing(out var client);
        engine.ReportArrives(Compound(Peer, client.Ssrc, lost: 5), Rtcp);
        engine.ReportArrives(Compound(Stranger, client.Ssrc, lost: 900, byeOf: Stranger), Rtcp);
        engine.Step();
        Assert.Equal((5, false), (client.Progress.ReportedLost, client.Progress.SaidBye));
        Assert.Equal((1, 1), (engine.Send.Counters.ReportsForeign, engine.Send.Counters.ByesIgnored));
        engine.RunFor(11 * SecondNs);
        engine.ReportArrives(Compound(Stranger, client.Ssrc, lost: 6), Rtcp);
        engine.Step();
        Assert.Equal(6, client.Progress.ReportedLost);
    }

    [Fact]
    public void AFloodIsCutToFiftyASecondAndEndsNothing()
    {
        using var engine = Playing(out var client);
        engine.ReportArrives(Compound(Peer, client.Ssrc), Rtcp);
        for (var i = 0; i < 500; i++)
        {
            engine.ReportArrives(Compound(Stranger, client.Ssrc, byeOf: Stranger), Rtcp);
            engine.Step();
        }
        Assert.Equal((50, 451), (engine.Send.Counters.ReportsReceived, engine.Send.Counters.ReportsLimited));
        var sent = engine.Media.To(Port).Count();
        engine.RunFor(SecondNs);
        Assert.False(client.Progress.SaidBye);
        Assert.True(engine.Media.To(Port).Count() > sent + 100);
        engine.ReportArrives(Compound(Peer, client.Ssrc, lost: 7), Rtcp);
        engine.Step();
        Assert.Equal(7, client.Progress.ReportedLost);       // a second later it is heard again
    }

    [Fact]
    public void AReportTellsLossJitterAndRoundTrip()
    {
        using var engine = Playing(out var client);
        engine.RunFor(SecondNs);
        var sr = engine.Reports.To(Rtcp).Select(datagram => datagram.Bytes).Select(ReadNtp).Last();
        var arrival = NtpTime.FromUnixNs(engine.Now.Ns + HandDriven.TickNs + HandDriven.WallMinusMonotonicNs);
        var block = new ReportBlock(client.Ssrc, FractionLost: 64, CumulativeLost: 12, 0, JitterTicks: 900, sr.Middle32,
            DelaySinceLastSenderReport: arrival.Middle32 - sr.Middle32 - RtcpRoundTrip.UnitsFromNs(30_000_000));
        engine.ReportArrives(Compound(Peer, block), Rtcp);
        engine.Step();
        var progress = client.Progress;
        Assert.Equal((12, 64, 900u, engine.Now.Ns), (progress.ReportedLost, progress.FractionLost, progress.ReportedJitter, progress.LastReportNs));
        Assert.InRange(progress.RoundTripNs, 29_900_000, 30_100_000);
    }

    [Fact]
    public void WhileTheSourceIsSilentEmptyReceiverReportsSayThatWeAreThere()
    {
        using var engine = Playing(out _);
        engine.RunFor(2 * SecondNs);
        engine.IntervalNs = 0;
        engine.RunFor(30 * SecondNs);
        var types = engine.Reports.To(Rtcp).Select(datagram => (RtcpPacketType)datagram.Bytes[1]).ToArray();
        Assert.Equal(RtcpPacketType.SenderReport, types[0]);
        Assert.Equal(RtcpPacketType.ReceiverReport, types[^1]);
        Assert.InRange(types.Count(type => type == RtcpPacketType.SenderReport), 1, 3);
    }

    private static HandDriven Playing(out ClientSpec client)
    {
        var engine = new HandDriven();
        client = engine.Spec(Port);
        engine.Join(client);
        engine.RunFor(SecondNs / 10);
        return engine;
    }

    private static byte[] Compound(uint from, uint about, int lost = 0, uint? byeOf = null) =>
        Compound(from, new ReportBlock(about, 0, lost, 0, 0, 0, 0), byeOf);

    private static byte[] Compound(uint from, in ReportBlock block, uint? byeOf = null)
    {
        var bytes = new byte[128];
        var writer = new RtcpCompoundWriter(bytes);
        Assert.True(writer.TryAdd(new ReceiverReport(from), [block]));
        if (byeOf is { } leaving)
            Assert.True(writer.TryAddBye(leaving));
        return bytes[..writer.Length];
    }

    private static NtpTime ReadNtp(byte[] datagram)
    {
        Assert.True(RtcpCompound.TryParse(datagram, out var compound));
        foreach (var packet in compound)
            if (SenderReport.TryRead(packet, out var report, out _))
                return report.Ntp;
        throw new InvalidOperationException("no sender report");
    }
}
