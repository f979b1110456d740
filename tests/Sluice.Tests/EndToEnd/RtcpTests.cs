using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;
using Sluice.Wire.Rtcp;

namespace Sluice.Tests.EndToEnd;

/// <summary>What clients say over RTCP is shown to people, and what strangers say changes nothing (X6, X8).</summary>
[Collection(QuietMachine.Name)]
public class RtcpTests
{
    private const uint Peer = 0xCAFE;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task ReportsAreShownAndByesOfStrangersChangeNothing()
    {
        var (first, group) = (FreePorts.Pair(), FreePorts.Pair());
        await using var capture = await Capture.StartAsync($"udp port {first + 1} or udp port {group + 1}");
        await using var engine = await EngineRig.StartAsync(new EnginePlan
        {
            Outputs = [$"rtp://127.0.0.1:{first}", $"rtp://239.77.1.1:{group}?iface=lo"],
        });
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond: 200));
        using var media = new UdpClient(new IPEndPoint(IPAddress.Loopback, first));
        using var peer = new UdpClient(new IPEndPoint(IPAddress.Loopback, first + 1));
        using var stranger = new UdpClient(new IPEndPoint(IPAddress.Parse("127.0.0.66"), first + 1));
        using var stop = new CancellationTokenSource();

        var report = await peer.ReceiveAsync().WaitAsync(s_bound);
        var ssrc = ReadSsrc(report.Buffer, out var ntp);
        await peer.SendAsync(Compound(Peer, new ReportBlock(ssrc, 128, 77, 0, JitterTicks: 1_800, ntp.Middle32, 0)), report.RemoteEndPoint);
        await Eventually.TrueAsync("the report at the API", s_bound, async () => (await ClientAsync(engine, first))["reportedLost"] is not null);
        var client = await ClientAsync(engine, first);
        Assert.Equal((77, 0.5, 20.0), (client["reportedLost"]!.GetValue<long>(), Number(client, "reportedLossRatio"), Number(client, "reportedJitterMs")));
        Assert.InRange(Number(client, "roundTripMs"), 0, 2_000);
        Assert.InRange(Number(client, "lastReportAgeMs"), 0, 10_000);

        for (var i = 0; i < 2_000; i++)
            await stranger.SendAsync(Compound(Peer, new ReportBlock(ssrc, 255, 9_999, 0, 0, 0, 0), byeOf: Peer), report.RemoteEndPoint);
        await Eventually.TrueAsync("the flood counted", s_bound, async () => await engine.Sluice.MetricAsync("sluice_rtcp_unknown_sender_total") > 500);
        // An output that somebody configured stays even when its own peer says BYE.
        await peer.SendAsync(Compound(Peer, new ReportBlock(ssrc, 0, 78, 0, 0, 0, 0), byeOf: Peer), report.RemoteEndPoint);
        await Eventually.TrueAsync("the peer's last report", s_bound, async () => (await ClientAsync(engine, first))["reportedLost"]!.GetValue<long>() == 78);
        var sent = (await ClientAsync(engine, first))["sent"]!["packets"]!.GetValue<long>();
        await Eventually.TrueAsync("five hundred more packets", s_bound,
            async () => (await ClientAsync(engine, first))["sent"]!["packets"]!.GetValue<long>() > sent + 500);

        var metrics = await engine.Sluice.GetTextAsync("/metrics");
        Assert.Contains("sluice_channel_client_loss_ratio{channel=\"news\",quantile=\"0.99\"} 0\n", metrics);
        Assert.Contains("sluice_channel_reporting_clients{channel=\"news\"} 1\n", metrics);
        await engine.Sluice.StopCleanlyAsync();             // BYEs
        // dumpcap writes what it has once a second.
        await Eventually.TrueAsync("the BYE in the capture", s_bound, async () => (await Tshark.RtcpTypesAsync(capture.Path, group)).Contains("200,202,203"));
        Assert.True(await capture.StopAsync() > 4);
        Assert.Empty(await Tshark.MalformedAsync(capture.Path, [], [first, group]));
        Assert.Contains("200,202", await Tshark.RtcpTypesAsync(capture.Path, group));
    }

    [Fact]
    public async Task AnOutputWithATimeoutEndsOnItsPeersBye()
    {
        var port = FreePorts.Pair();
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = [$"rtp://127.0.0.1:{port}?timeout=20s"] });
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond: 200));
        using var media = new UdpClient(new IPEndPoint(IPAddress.Loopback, port));
        using var peer = new UdpClient(new IPEndPoint(IPAddress.Loopback, port + 1));
        var report = await peer.ReceiveAsync().WaitAsync(s_bound);
        await peer.SendAsync(Compound(Peer, new ReportBlock(ReadSsrc(report.Buffer, out _), 0, 0, 0, 0, 0, 0), byeOf: Peer), report.RemoteEndPoint);
        await Eventually.TrueAsync("no client", s_bound, async () => (await engine.ClientsAsync()).Length == 0);
    }

    [Theory, InlineData("rtp"), InlineData("udp")]
    public async Task OurOwnOutputThatComesBackIsNoStreamAndRaisesAnAlarm(string scheme)
    {
        var port = FreePorts.Pair();
        var rig = new EngineRig();
        // 127.0.0.2 is this machine too: no check of the configuration can know that this is a loop.
        var plan = new EnginePlan { SourceScheme = scheme, Outputs = [$"{scheme}://127.0.0.1:{port}", $"{scheme}://127.0.0.2:{rig.SourcePort}"] };
        await using var engine = await EngineRig.StartAsync(plan, rig);
        using var receiver = new RtpReceiver([port], rtp: scheme == "rtp");
        var encoderSent = 0;
        using (var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond: 200) { Rtp = scheme == "rtp" }))
        {
            await Eventually.TrueAsync("three seconds of packets", s_bound, () => receiver.Records[0].Count > 600);
            encoderSent = sender.Stop();
        }
        await Eventually.TrueAsync("the alarm", s_bound, async () => await HasAlarmAsync(engine, "source-loop"));
        await Eventually.TrueAsync("the silence noticed", s_bound, async () => await HasAlarmAsync(engine, "source-silent"));
        Assert.InRange(await engine.SourceCounterAsync("packets"), encoderSent - 1, encoderSent);        // RTP's first is on probation
        Assert.Equal(0, PortScore.Of(receiver.Stop()[0], rtp: scheme == "rtp").Duplicates);
        Assert.True(await engine.SourceCounterAsync("looped") > 300);
    }

    private static async Task<bool> HasAlarmAsync(EngineRig engine, string code) =>
        (await engine.Sluice.GetAsync("/api/status"))["alarms"]!.AsArray().Any(alarm => alarm!["code"]!.GetValue<string>() == code);

    private static async Task<JsonNode> ClientAsync(EngineRig engine, int port) =>
        (await engine.ClientsAsync()).Single(c => c["address"]!.GetValue<string>() == $"127.0.0.1:{port}");

    private static double Number(JsonNode client, string name) => client[name]!.GetValue<double>();

    private static byte[] Compound(uint from, in ReportBlock block, uint? byeOf = null)
    {
        var bytes = new byte[128];
        var writer = new RtcpCompoundWriter(bytes);
        Assert.True(writer.TryAdd(new ReceiverReport(from), [block]));
        if (byeOf is { } leaving)
            Assert.True(writer.TryAddBye(leaving));
        return bytes[..writer.Length];
    }

    private static uint ReadSsrc(byte[] datagram, out NtpTime ntp)
    {
        Assert.True(RtcpCompound.TryParse(datagram, out var compound));
        foreach (var packet in compound)
            if (SenderReport.TryRead(packet, out var report, out _))
            {
                ntp = report.Ntp;
                return report.SenderSsrc;
            }
        throw new InvalidOperationException("no sender report");
    }
}
