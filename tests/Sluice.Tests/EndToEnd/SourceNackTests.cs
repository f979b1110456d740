using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>What an engine that asks its source for lost packets hands on, behind a link that loses both ways, 20 ms round trip.</summary>
[Collection(QuietMachine.Name)]
public class SourceNackTests(ITestOutputHelper output)
{
    private const int Seed = 40, PacketsPerSecond = 600, Packets = 6_000, WindowMs = 200, DelayMs = 10, RunsMax = 6, PauseMaxMs = 60;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(60);

    private sealed class Case(string name, double loss, double run, string query = "?nack=on") : IDisposable
    {
        public string Name => name;
        public bool IsRtx => query.Contains("rtx", StringComparison.Ordinal);
        public int Source { get; } = FreePorts.Pair();
        public int Output { get; } = FreePorts.Pair();
        public LossyLink Link { get; private set; } = null!;
        public string Channel => $"c{Source}";

        public void Open(int seed) => Link = new LossyLink(Source, new LossProfile(seed) { Drop = loss, DropRun = run }, DelayMs);

        public JsonObject Config() => new()
        {
            ["sources"] = new JsonArray($"rtp://127.0.0.1:{Source}{query}"), ["reorder"] = $"{WindowMs}ms", ["delay"] = "0",
            ["outputs"] = new JsonArray($"rtp://127.0.0.1:{Output}"),
        };

        public void Dispose() => Link.Dispose();
    }

    // A machine that stands still for longer than the late bound loses packets elsewhere; such a run says nothing of the link.
    [Fact]
    public async Task AnEngineRepairsWhatTheWayToItLoses()
    {
        for (var run = 1; await RunAsync(run) is { } reason; run++)
            Assert.True(run < RunsMax, reason);
    }

    private async Task<string?> RunAsync(int run)
    {
        using var stalls = new StallWatch();
        Case[] cases =
        [
            new("5 % random, not asked", 0.05, 1, ""), new("1 % random", 0.01, 1), new("5 % random", 0.05, 1), new("10 % random", 0.10, 1),
            new("1 % in runs of 8", 0.01, 8), new("5 % in runs of 8", 0.05, 8), new("10 % in runs of 8", 0.10, 8),
            new("5 % random, RTX", 0.05, 1, "?nack=on&rtx=97"),
        ];
        for (var i = 0; i < cases.Length; i++) cases[i].Open(Seed + 10 * i);
        using var receiver = new RtpReceiver(cases.Select(c => c.Output), packetsExpected: 2 * Packets);
        await using var edge = await EngineRig.StartAsync(new EnginePlan
        {
            Change = root => root["channels"] = new JsonObject(cases.Select(c => KeyValuePair.Create(c.Channel, (JsonNode?)c.Config()))),
        });
        await using var origin = await EngineRig.StartAsync(new EnginePlan
        {
            Retransmit = "rtx", Outputs = [.. cases.Where(c => !c.IsRtx).Select(c => $"rtp://127.0.0.1:{c.Link.Port}")],
        });
        stalls.Watch(edge.Sluice.Child.Pid);
        stalls.Watch(origin.Sluice.Child.Pid);
        using var session = await RetransmissionTests.PlayRtxAsync(origin, cases.Single(c => c.IsRtx).Link.Port);
        using var sender = new StampedSender(origin.Source, new SendPlan(PacketsPerSecond));
        await Eventually.TrueAsync("all packets", s_bound, () => sender.Sent >= Packets);
        sender.Stop();
        async Task<JsonNode[]> ChannelsAsync() => await Task.WhenAll(cases.Select(c => edge.Sluice.GetAsync($"/api/channels/{c.Channel}")));
        // What the edge dropped never comes, nor what the receiver's full sockets did; such a run is judged below.
        static bool IsThrough(JsonNode channel, int received)
        {
            var source = channel["sources"]![0]!;
            var expected = Count(source, "packets") - Count(source, "late") - Count(source, "duplicates") - Count(channel["sent"]!, "dropped");
            return received > Packets * 0.8 && received >= expected;
        }

        await Eventually.TrueAsync("the last of them", s_bound,
            async () => receiver.WasTheLimit || (await ChannelsAsync()).Zip(receiver.Records).All(pair => IsThrough(pair.First, pair.Second.Count)),
            () => string.Join('\n', receiver.Records.Select(record => $"{record}")));

        var scores = receiver.Stop().Select(record => PortScore.Of(record)).ToArray();
        var sources = (await ChannelsAsync()).Select(channel => channel["sources"]![0]!).ToArray();
        var dropped = (await origin.ClientsAsync()).Sum(c => c["sent"]!["dropped"]!.GetValue<long>());
        foreach (var c in cases)
            dropped += (await edge.Sluice.GetAsync($"/api/channels/{c.Channel}"))["sent"]!["dropped"]!.GetValue<long>();
        var pauseMs = cases.Max(c => c.Link.PauseNs) / 1_000_000;
        output.WriteLine($"run {run}: {dropped} packets never left an engine, the link stood still for {pauseMs} ms at most");
        output.WriteLine($"seed {Seed}; {Packets} packets at {PacketsPerSecond}/s, {WindowMs} ms of window, {2 * DelayMs} ms round trip, NACKs lost alike");
        output.WriteLine("link                     lost on the link   received   still missing   residual");
        for (var i = 0; i < cases.Length; i++)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cases[i].Name,-24} {cases[i].Link.LossRatio,16:P2} {scores[i].Received,10} ")
                + string.Create(CultureInfo.InvariantCulture, $"{scores[i].Lost,15} {Residual(scores[i]),10:P4}   {sources[i]["nack"]?.ToJsonString()}"));
        foreach (var one in cases) one.Dispose();
        if (dropped > 0 || pauseMs > PauseMaxMs || receiver.WasTheLimit || stalls.Stalled > TimeSpan.Zero)
            return $"the machine stalled for {stalls.Stalled.TotalMilliseconds:0} ms: {dropped} packets never left, and the link stood still for {pauseMs} ms";

        Assert.InRange(Residual(scores[0]), 0.035, 0.065);
        Assert.All(scores, score => Assert.True(score is { Duplicates: 0, OutOfOrder: 0 }, $"{score}"));
        // A run of losses on the way back takes several NACKs for one hole, one after the other.
        Assert.All(scores.Skip(1), score => Assert.InRange(Residual(score), 0, 0.005));
        Assert.All(scores.Zip(cases).Where(pair => pair.Second.Name.Contains("random,", StringComparison.Ordinal)).Skip(1),
            pair => Assert.InRange(Residual(pair.First), 0, 0.0001));
        Assert.InRange(Residual(scores[2]), 0, 0.0001);
        // Every figure says what became of the holes: each was filled or given up.
        foreach (var (source, score) in sources.Zip(scores).Skip(1))
        {
            var nack = source["nack"]!;
            Assert.True(Count(nack, "recovered") > 20 && Count(nack, "sent") > 5 && Count(nack, "foreign") == 0, nack.ToJsonString());
            Assert.InRange(nack["answerMs"]!.GetValue<double>(), 2 * DelayMs - 2, 4 * DelayMs);
            Assert.Equal(score.Lost, Count(source, "lost"));
        }
        Assert.Null(sources[0]["nack"]);
        var metrics = (await edge.Sluice.GetTextAsync("/metrics")).Split('\n');
        Assert.Equal(4 * (cases.Length - 1), metrics.Count(line => line.StartsWith("sluice_source_nack_", StringComparison.Ordinal)));
        return null;
    }

    [Fact]
    public async Task GStreamerAnswersAndLosesLess()
    {
        int asked = FreePorts.Pair(), silent = FreePorts.Pair();
        using var askedLink = new LossyLink(asked, new LossProfile(Seed) { Drop = 0.05 }, DelayMs);
        using var silentLink = new LossyLink(silent, new LossProfile(Seed) { Drop = 0.05 }, DelayMs);
        await using var edge = await EngineRig.StartAsync(new EnginePlan
        {
            Change = root => root["channels"] = new JsonObject
            {
                ["asked"] = new JsonObject { ["sources"] = new JsonArray($"rtp://127.0.0.1:{asked}?nack=on&rtx=97"), ["reorder"] = "300ms" },
                ["silent"] = new JsonObject { ["sources"] = new JsonArray($"rtp://127.0.0.1:{silent}"), ["reorder"] = "300ms" },
            },
        });
        await using var one = await Pusher.GStreamerRtxAsync(askedLink.Port, rtpFrom: FreePorts.Pair());
        await using var two = await Pusher.GStreamerRtxAsync(silentLink.Port, rtpFrom: FreePorts.Pair());
        async Task<JsonNode> SourceAsync(string channel) => (await edge.Sluice.GetAsync($"/api/channels/{channel}"))["sources"]![0]!;
        await Eventually.TrueAsync("losses on both links", s_bound, async () =>
            Count((await SourceAsync("asked"))["nack"]!, "recovered") > 50 && Count(await SourceAsync("silent"), "lost") > 50,
            () => one.Output.Tail());
        var (askedSource, silentSource) = (await SourceAsync("asked"), await SourceAsync("silent"));
        output.WriteLine($"asked: lost {askedSource["lost"]}, {askedSource["nack"]!.ToJsonString()}; not asked: lost {silentSource["lost"]}");
        Assert.InRange(Count(askedSource, "lost"), 0, Count(silentSource, "lost") / 5);
    }

    private static long Count(JsonNode source, string name) => source[name]!.GetValue<long>();

    private static double Residual(PortScore score) => (double)score.Lost / Math.Max(score.Received + score.Lost, 1);
}
