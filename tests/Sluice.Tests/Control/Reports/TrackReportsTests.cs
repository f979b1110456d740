using Sluice.Control.Reports;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtcp;

namespace Sluice.Tests.Control.Reports;

/// <summary>Receiver reports to the sender of an incoming track (RFC 3550 §6.4.2, A.3).</summary>
public class TrackReportsTests
{
    private const uint Us = 11, Camera = 7;
    private const long SecondNs = 1_000_000_000;
    private readonly TrackReports _reports = new(Us, "us"u8.ToArray(), seed: 5);
    private MonotonicTime _now = new(100 * SecondNs);

    [Fact]
    public void TheFirstReportComesSoonAndTheOthersAboutEveryFiveSeconds()
    {
        Assert.Equal(MonotonicTime.MaxValue, _reports.NextDeadline);
        _reports.Start(_now);
        Assert.InRange(_reports.NextDeadline - _now, SecondNs / 4, 3 * SecondNs / 4);
        for (var i = 0; i < 20; i++)
        {
            _now = _reports.NextDeadline;
            Report(new ReceptionCounters());
            Assert.InRange(_reports.NextDeadline - _now, 2 * SecondNs, 6.2 * SecondNs);
        }
    }

    [Fact]
    public void ABlockSaysWhatWasLostSinceTheLastReportAndSinceTheBeginning()
    {
        Assert.Null(Report(new ReceptionCounters()));
        var first = Report(new ReceptionCounters { Ssrc = Camera, Expected = 1_000, Received = 900, ExtendedHighest = 65_999, JitterTicks = 12 })!.Value;
        Assert.Equal(new ReportBlock(Camera, 25, 100, 65_999, 12, 0, 0), first);
        var second = Report(new ReceptionCounters { Ssrc = Camera, Expected = 2_000, Received = 1_900 })!.Value;
        Assert.Equal((0, 100), (second.FractionLost, second.CumulativeLost));
        var anew = Report(new ReceptionCounters { Ssrc = Camera + 1, Expected = 100, Received = 50 })!.Value;
        Assert.Equal((128, 50), (anew.FractionLost, anew.CumulativeLost));
    }

    [Fact]
    public void TheSendersOwnReportComesBackWithItsAge()
    {
        Assert.True(_reports.Receive(SenderCompound(Camera + 1), Camera, _now));
        Assert.Null(_reports.Last);
        Assert.True(_reports.Receive(SenderCompound(Camera), Camera, _now));
        Assert.Equal(90_000u, _reports.Last!.Value.RtpTimestamp);
        _now += SecondNs / 2;
        var block = Report(new ReceptionCounters { Ssrc = Camera, Expected = 1, Received = 1 })!.Value;
        Assert.Equal((new NtpTime(0x1234_5678_9ABC_DEF0).Middle32, 32_768u), (block.LastSenderReport, block.DelaySinceLastSenderReport));
    }

    [Fact]
    public void OnlyTheStreamsOwnByeCountsAndGarbageIsToldApart()
    {
        Assert.False(_reports.Receive([1, 2, 3], Camera, _now));
        _reports.Receive(SenderCompound(Camera + 1, leaving: true), Camera, _now);
        Assert.False(_reports.SaidBye);
        _reports.Receive(SenderCompound(Camera, leaving: true), Camera, _now);
        Assert.True(_reports.SaidBye);
    }

    [Fact]
    public void WhoLeavesSaysSo()
    {
        Span<byte> bytes = stackalloc byte[TrackReports.BytesMax];
        var length = _reports.Write(bytes, new ReceptionCounters(), _now, leaving: true);
        Assert.True(RtcpCompound.TryParse(bytes[..length], out var compound));
        var types = new List<RtcpPacketType>();
        foreach (var packet in compound)
            types.Add(packet.Type);
        Assert.Equal([RtcpPacketType.ReceiverReport, RtcpPacketType.SourceDescription, RtcpPacketType.Bye], types);
    }

    private static byte[] SenderCompound(uint ssrc, bool leaving = false)
    {
        var bytes = new byte[200];
        return bytes[..RtcpCompoundWriter.Write(bytes, new SenderReport(ssrc, new NtpTime(0x1234_5678_9ABC_DEF0), 90_000, 1, 2), "cam"u8, leaving)];
    }

    private ReportBlock? Report(ReceptionCounters reception)
    {
        var bytes = new byte[TrackReports.BytesMax];
        var length = _reports.Write(bytes, reception, _now);
        Assert.True(RtcpCompound.TryParse(bytes.AsSpan(0, length), out var compound));
        ReportBlock? found = null;
        foreach (var packet in compound)
            if (ReceiverReport.TryRead(packet, out var report, out var blocks))
            {
                Assert.Equal(Us, report.SenderSsrc);
                foreach (var block in blocks)
                    found = block;
            }
        return found;
    }
}
