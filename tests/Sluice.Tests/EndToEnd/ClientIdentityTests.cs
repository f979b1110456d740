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
        // A report may lean on its latest packet, which carries the jitter of this machine; a wrong clock or base is off by far more.
        Assert.InRange(rtpSeconds - ntpSeconds, -0.02, 0.02);
        PacketsLieOnTheLine(record, last);
    }

    /// <summary>The line NTP ↔ RTP of a report gives each packet an instant; the median packet left within 50 ms of it.</summary>
    private static void PacketsLieOnTheLine(PortRecord record, ReceivedSenderReport report)
    {
        var reportNs = (long)(((report.Ntp >> 32) - 2_208_988_800.0) * 1e9 + (report.Ntp & uint.MaxValue) / 4294967296.0 * 1e9);
        var off = record.Packets.Select(p => p.ArrivalNs - (reportNs + (int)(p.Timestamp - report.RtpTimestamp) / ClockRate * 1e9)).Order().ToArray();
        Assert.InRange(off[off.Length / 2] / 1e6, -50, 50);
    }
}
