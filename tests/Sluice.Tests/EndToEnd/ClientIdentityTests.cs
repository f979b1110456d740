using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// Every client has its own SSRC, sequence numbers and timestamps; contiguous, constant in their offsets, and its
/// sender reports say the same as its packets.
/// </summary>
[Collection(QuietMachine.Name)]
public class ClientIdentityTests
{
    private const int ClientCount = 20;
    private const double PacketsPerSecond = 200, ClockRate = 90_000;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task EveryClientIsConsistentInItself()
    {
        var ports = FreePorts.Pairs(ClientCount);
        var plan = new SendPlan(PacketsPerSecond);
        using var receiver = new RtpReceiver(ports, packetsExpected: 10_000);
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = [.. ports.Select(p => $"rtp://127.0.0.1:{p}")] });
        using var sender = new StampedSender(engine.Source, plan);
        // RFC 3550 §6.2: a report about every 5 s; two of them make a line.
        await Eventually.TrueAsync("two sender reports at each client", s_bound,
            () => receiver.Records.All(r => r.Count > 0 && r.SenderReports.Count >= 2));
        var records = receiver.Stop();

        EngineRig.AssertWhole(receiver, records, packetsMin: (int)(PacketsPerSecond * 4));
        Assert.Equal(ClientCount, records.Select(r => Assert.Single(r.Ssrcs)).Distinct().Count());
        Assert.DoesNotContain(plan.Ssrc, records.SelectMany(r => r.Ssrcs));
        Assert.Equal(ClientCount, records.Select(SequenceOffset).Distinct().Count());
        Assert.Equal(ClientCount, records.Select(r => TimestampOffset(r, plan)).Distinct().Count());
        Assert.All(records, SenderReportsAgree);
    }

    private static int SequenceOffset(PortRecord record) =>
        Assert.Single(record.Packets.Select(p => (ushort)(p.Sequence - p.Index)).Distinct());

    /// <summary>Out minus in, one value for the client's whole life. The sender's timestamp follows from the index.</summary>
    private static uint TimestampOffset(PortRecord record, SendPlan plan) =>
        Assert.Single(record.Packets.Select(p => p.Timestamp - (plan.FirstTimestamp + (uint)(long)(p.Index / plan.PacketsPerSecond * ClockRate))).Distinct());

    private static void SenderReportsAgree(PortRecord record)
    {
        var (first, last) = (record.SenderReports[0], record.SenderReports[^1]);
        Assert.All(record.SenderReports, r => Assert.Contains(r.Ssrc, record.Ssrcs));
        Assert.True(last.Packets > first.Packets && last.Packets <= record.Count + 16, $"{first.Packets} then {last.Packets} of {record.Count}");
        // Exact packets × payload: the sender's octet count leaves headers out (RFC 3550 §6.4.1).
        Assert.Equal(last.Packets * 1316, last.Octets);
        var ntpSeconds = (last.Ntp - first.Ntp) / 4294967296.0;
        var rtpSeconds = (last.RtpTimestamp - first.RtpTimestamp) / ClockRate;
        // Between two reports the feed's clock turns by 500 ppm at most, and the source's own clock is one of this machine; measured
        // 1 to 10 ppm while it was busy with other work. More than 0.1 % is a wrong clock or a jump.
        Assert.InRange(rtpSeconds / ntpSeconds - 1, -0.001, 0.001);
        PacketsLieOnTheLine(record, last);
    }

    /// <summary>
    /// The line NTP ↔ RTP of a report gives each packet an instant, at which it leaves, or up to a quantum (16.8 ms) and a tick later with its
    /// train. The best tenth of the packets tells: the machine only makes packets late; but it may have been late for the first
    /// one, from which the line starts.
    /// </summary>
    private static void PacketsLieOnTheLine(PortRecord record, ReceivedSenderReport report)
    {
        var reportNs = (long)(((report.Ntp >> 32) - 2_208_988_800.0) * 1e9 + (report.Ntp & uint.MaxValue) / 4294967296.0 * 1e9);
        var off = record.Packets.Select(p => p.ArrivalNs - (reportNs + (int)(p.Timestamp - report.RtpTimestamp) / ClockRate * 1e9)).Order().ToArray();
        Assert.InRange(off[off.Length / 10] / 1e6, -10, 15);
    }
}
