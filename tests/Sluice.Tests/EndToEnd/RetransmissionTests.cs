using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>What a client still misses behind a link that loses packets both ways, 20 ms round trip, with 200 ms of buffer.</summary>
[Collection(QuietMachine.Name)]
public class RetransmissionTests(ITestOutputHelper output)
{
    private const int Seed = 20, PacketsPerSecond = 600, Packets = 6_000, BufferMs = 200, DelayMs = 10, RunsMax = 4, PauseMaxMs = 60;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(60);

    private sealed class Case(string name, double loss, double run, bool asks = true, bool rtx = false) : IDisposable
    {
        private readonly int _port = FreePorts.Pair();
        public string Name => name;
        public bool IsRtx => rtx;
        public LossyLink Link { get; private set; } = null!;
        public NackReceiver Receiver { get; private set; } = null!;

        public void Open(int seed)
        {
            Link = new LossyLink(_port, new LossProfile(seed) { Drop = loss, DropRun = run }, DelayMs);
            Receiver = new NackReceiver(_port, Link.Port + 1, BufferMs, PacketsPerSecond) { Asks = asks };
        }

        public void Dispose()
        {
            Receiver.Dispose();
            Link.Dispose();
        }
    }

    // A machine that stands still for longer than the late bound loses packets before the link does; such a run says nothing of the link.
    [Fact]
    public async Task RepairsWhatTheLinkLoses()
    {
        for (var run = 1; await RunAsync(run) is { } reason; run++)
            Assert.True(run < RunsMax, reason);
    }

    private async Task<string?> RunAsync(int run)
    {
        Case[] cases =
        [
            new("5 % random, nobody asks", 0.05, 1, asks: false), new("1 % random", 0.01, 1), new("5 % random", 0.05, 1), new("10 % random", 0.10, 1),
            new("1 % in runs of 8", 0.01, 8), new("5 % in runs of 8", 0.05, 8), new("10 % in runs of 8", 0.10, 8), new("5 % random, RTX", 0.05, 1, rtx: true),
        ];
        for (var i = 0; i < cases.Length; i++) cases[i].Open(Seed + 10 * i);
        await using var engine = await EngineRig.StartAsync(new EnginePlan
        {
            Retransmit = "rtx", Outputs = [.. cases.Where(c => !c.IsRtx).Select(c => $"rtp://127.0.0.1:{c.Link.Port}")],
        });
        using var session = await PlayRtxAsync(engine, cases.Single(c => c.IsRtx).Link.Port);
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond));
        await Eventually.TrueAsync("all packets", s_bound, () => sender.Sent >= Packets);
        sender.Stop();
        await Eventually.TrueAsync("the last of them", s_bound,
            () => cases.All(c => c.Receiver.Received + c.Receiver.Repaired + c.Receiver.Lost > Packets * 0.97));
        var clients = await engine.ClientsAsync();
        foreach (var one in cases) one.Receiver.Stop();
        var dropped = clients.Sum(c => c["sent"]!["dropped"]!.GetValue<long>());

        var pauseMs = cases.Max(c => Math.Max(c.Link.PauseNs, c.Receiver.PauseNs)) / 1_000_000;
        output.WriteLine($"run {run}: {dropped} packets never left, the test stood still for {pauseMs} ms at most");
        output.WriteLine($"seed {Seed}; {Packets} packets at {PacketsPerSecond}/s, {BufferMs} ms of buffer, {2 * DelayMs} ms round trip, NACKs lost alike");
        output.WriteLine("link                         lost on the link   repaired   still missing   residual");
        foreach (var c in cases)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{c.Name,-28} {c.Link.LossRatio,16:P2} {c.Receiver.Repaired,10} {c.Receiver.Lost,15} {c.Receiver.LossRatio,10:P4}   {Again(clients, c)}"));
        foreach (var one in cases) one.Dispose();
        if (dropped > 0 || pauseMs > PauseMaxMs) return $"the machine stalled: {dropped} packets never left, and the test stood still for {pauseMs} ms";
        Assert.InRange(cases[0].Receiver.LossRatio, 0.035, 0.065);
        Assert.All(cases.Where(c => c.Name.StartsWith("5 % random", StringComparison.Ordinal)).Skip(1), c => Assert.InRange(c.Receiver.LossRatio, 0, 0.0001));
        // A run of losses on the way back takes several NACKs for one hole, one after the other.
        Assert.All(cases.Skip(1), c => Assert.InRange(c.Receiver.LossRatio, 0, 0.005));
        Assert.True(cases[^1].Receiver.Rtx > 200 && cases.SkipLast(1).All(c => c.Receiver.Rtx == 0), "who took the offer of RTX has it, and nobody else");
        return null;
    }

    // GStreamer guesses from its own timers what is lost, and asks once or twice: behind a busy machine it gives up some of what would have come.
    [Fact]
    public async Task GStreamerAsksAndLosesLess()
    {
        for (var run = 1; await PlayAsync() is { } reason; run++)
            Assert.True(run < RunsMax, reason);
    }

    private async Task<string?> PlayAsync()
    {
        int asking = FreePorts.Pair(), silent = FreePorts.Pair();
        using var askingLink = new LossyLink(asking, new LossProfile(Seed) { Drop = 0.05 }, DelayMs);
        using var silentLink = new LossyLink(silent, new LossProfile(Seed) { Drop = 0.05 }, DelayMs);
        await using var engine = await EngineRig.StartAsync(new EnginePlan
        {
            Retransmit = "same", Outputs = [$"rtp://127.0.0.1:{askingLink.Port}", $"rtp://127.0.0.1:{silentLink.Port}"],
        });
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", engine.SourcePort);
        var reports = await Task.WhenAll(
            GStreamerPlayer.RtpFeedbackAsync(asking, askingLink.Port + 1, nack: true, latencyMs: 300, seconds: 8),
            GStreamerPlayer.RtpFeedbackAsync(silent, silentLink.Port + 1, nack: false, latencyMs: 300, seconds: 8));
        foreach (var report in reports) output.WriteLine(report.ToString());
        foreach (var client in await engine.ClientsAsync()) output.WriteLine(client["again"]!.ToJsonString());
        Assert.True(reports[0].Frames > 100 && reports[1].Lost > 20, "both played, and the link lost packets");
        Assert.True((await engine.ClientsAsync())[0]["again"]!["answered"]!.GetValue<long>() > 20);
        return reports[0].Lost <= reports[1].Lost / 2 ? null : $"{reports[0].Lost} lost by who asks, {reports[1].Lost} by who does not";
    }

    internal static async Task<RtspDialogue> PlayRtxAsync(EngineRig engine, int port)
    {
        var client = await RtspDialogue.ConnectAsync(engine.RtspPort);
        var sdp = (await client.AskAsync("DESCRIBE", engine.RtspUrl)).Body;
        string[] offer = ["m=video 0 RTP/AVPF 33 97", "a=rtcp-fb:33 nack", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=33;rtx-time=500"];
        foreach (var line in offer)
            Assert.Contains(line, sdp);
        var setup = await client.AskAsync("SETUP", engine.RtspUrl, $"Transport: RTP/AVPF;unicast;client_port={port}-{port + 1}");
        Assert.Equal(200, setup.Status);
        Assert.StartsWith("RTP/AVPF;", setup.Header("Transport"));
        Assert.Equal(200, (await client.AskAsync("PLAY", engine.RtspUrl, $"Session: {setup.Session}")).Status);
        return client;
    }

    private static string Again(JsonNode[] clients, Case one) =>
        clients.Single(c => c["address"]!.GetValue<string>() == $"127.0.0.1:{one.Link.Port}")["again"]!.ToJsonString();
}
