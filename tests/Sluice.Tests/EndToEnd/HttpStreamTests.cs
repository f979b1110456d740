using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>Channels as MPEG-TS over HTTP from the published binary: real players, many viewers, readers that stop.</summary>
[Collection(QuietMachine.Name)]
public class HttpStreamTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task RealPlayersSeeNothingWrong()
    {
        const int Seconds = 12;
        await using var rig = await HttpRig.StartAsync();
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", rig.SourcePort);
        var file = TestFolder.NewFile("curl.ts");
        // As a set-top box asks: HTTP/1.0 as well.
        await using var curl = ChildProcess.Start("curl", ["-sS", "--max-time", $"{Seconds}", "-o", file, rig.Url()]);
        await using var curl10 = ChildProcess.Start("curl", ["-sS", "-0", "--max-time", $"{Seconds}", "-o", file + "10", rig.Url()]);
        await using var probe = ChildProcess.Start("ffprobe", ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", rig.Url()]);

        var plays = Task.WhenAll(FfmpegPlayer.HttpAsync(rig.Url(), Seconds), VlcPlayer.HttpAsync(rig.Url(), Seconds + 2),
            GStreamerPlayer.HttpAsync(rig.Url(), Seconds));
        await Eventually.TrueAsync("five viewers at least", s_bound, async () => (await rig.ClientsAsync()).Length >= 5);
        var clients = await rig.ClientsAsync();
        var reports = await plays;
        await curl.WaitForExitAsync(s_bound);
        await curl10.WaitForExitAsync(s_bound);

        Assert.All(clients, c => Assert.Equal("http", c["kind"]!.GetValue<string>()));
        Assert.Equal(clients.Length, clients.Select(c => c["delayMs"]!.GetValue<double>()).Distinct().Count());
        Assert.Equal(0, await probe.WaitForExitAsync(s_bound));
        Assert.Contains("h264", probe.Output.Tail());
        Array.ForEach(reports, report => output.WriteLine(report.ToString()));
        Assert.All(reports, report => Assert.Null(report.Fault((Seconds - 2) * TestClip.FramesPerSecond)));
        AssertWhole(await File.ReadAllBytesAsync(file), Seconds);
        AssertWhole(await File.ReadAllBytesAsync(file + "10"), Seconds);
        await Eventually.TrueAsync("no client is left", s_bound, async () => (await rig.ClientsAsync()).Length == 0);
    }

    [Fact]
    public async Task AReaderThatStopsIsSetForwardOrDroppedAndNobodyElseLosesAnything()
    {
        var strictPort = FreePorts.Pair();
        await using var rig = await HttpRig.StartAsync(root =>
            root["channels"]!["strict"] = new JsonObject { ["sources"] = new JsonArray($"rtp://@:{strictPort}"), ["slow"] = "drop" });
        using var sender = new StampedSender(rig.Source, new SendPlan(PacketsPerSecond: 700));
        using var strictSender = new StampedSender(new(rig.Source.Address, strictPort), new SendPlan(PacketsPerSecond: 700));
        using var good = await HttpCrowd.WatchAsync(rig.Http, 8, HttpRig.Channel, "strict");
        using var deaf = await HttpPeer.ConnectAsync(rig.Http, receiveBufferBytes: 4096);
        using var dropped = await HttpPeer.ConnectAsync(rig.Http, receiveBufferBytes: 4096);
        await deaf.GetAsync($"/channels/{HttpRig.Channel}.ts");
        await dropped.GetAsync("/channels/strict.ts");

        await Eventually.TrueAsync("the drop", s_bound, async () => await rig.MetricAsync("sluice_http_dropped_slow_total") > 0);
        await Eventually.TrueAsync("the skip", s_bound, async () => (await rig.ClientsAsync()).Any(c => c["skips"]!.GetValue<long>() > 0));
        await dropped.DrainAsync();
        await Eventually.TrueAsync("no place for the dropped one", s_bound, async () => await rig.MetricAsync("sluice_http_viewers") == 9);
        var skipping = (await rig.ClientsAsync()).Single(c => c["skips"]!.GetValue<long>() > 0);
        Assert.True(skipping["sent"]!["dropped"]!.GetValue<long>() > 0);

        // Back again: what it gets then is whole packets of now.
        var (before, newest) = (sender.Sent, -1);
        var back = new TsStreamCheck { OnPacket = packet => newest = Stamp.TryReadIndex(packet, out var index) ? index : newest };
        while (newest < before)
            back.Take(await deaf.BodyAsync() ?? throw new EndOfStreamException(back.ToString()));
        Assert.Equal(0, back.BadPackets);
        Assert.True(await rig.MetricAsync("sluice_http_discarded_bytes_total") > 0);
        await good.AssertWholeAsync(packetsMin: 1400, s_bound);
    }

    [Fact]
    public async Task TwoHundredViewersAtOnceLoseNothing()
    {
        // The engine drops what a stopped machine made too late, and this machine's host stops it now and then. A fault of the engine's
        // own is there again in the next run.
        string? fault = null;
        for (var run = 0; run < 3; run++)
        {
            (fault, var late) = await WatchByManyAsync();
            if (fault is null || late == 0)
                break;
            output.WriteLine($"Again: {fault}; {late} packets were too late");
        }
        Assert.True(fault is null, fault);
    }

    private static async Task<(string? Fault, long Late)> WatchByManyAsync()
    {
        const int Viewers = 200, PacketsPerSecond = 60;
        await using var rig = await HttpRig.StartAsync();
        using var sender = new StampedSender(rig.Source, new SendPlan(PacketsPerSecond));
        using var crowd = await HttpCrowd.WatchAsync(rig.Http, Viewers, HttpRig.Channel);
        await Eventually.TrueAsync("all viewers", s_bound, async () => await rig.MetricAsync("sluice_http_viewers") == Viewers);
        var fault = await crowd.FaultAsync(packetsMin: 8 * PacketsPerSecond, s_bound);
        Assert.Equal(0, await rig.MetricAsync("sluice_http_skips_total"));
        var clients = await rig.ClientsAsync();
        Assert.Equal(Viewers, clients.Length);
        return (fault, clients.Sum(c => c["sent"]!["dropped"]!.GetValue<long>()));
    }

    [Fact]
    public async Task AViewerEndedByTheApiGetsTheEndAndTheEngineStopsAtOnce()
    {
        await using var rig = await HttpRig.StartAsync();
        using var sender = new StampedSender(rig.Source, new SendPlan(100));
        using var peer = await HttpPeer.ConnectAsync(rig.Http);
        using var other = await HttpPeer.ConnectAsync(rig.Http);
        await peer.GetAsync($"/channels/{HttpRig.Channel}.ts");
        Assert.NotNull(await peer.BodyAsync());
        var id = Assert.Single(await rig.ClientsAsync())["id"]!.GetValue<string>();
        await other.GetAsync($"/channels/{HttpRig.Channel}.ts");

        using var answer = await rig.Sluice.DeleteAsync($"/api/clients/{id}");

        answer.EnsureSuccessStatusCode();
        while (await peer.BodyAsync() is not null)
        {
        }
        Assert.Single(await rig.ClientsAsync());
        await rig.Sluice.StopCleanlyAsync();
        await other.DrainAsync();
    }

    private static void AssertWhole(byte[] bytes, int seconds)
    {
        var check = new TsStreamCheck();
        check.Take(bytes);
        // curl is cut off by its clock, so its last packet may be torn. What comes in has no null packets: about half the clip's constant rate.
        Assert.True(check is { BadPackets: 0, ContinuityErrors: 0 } && check.Bytes > TestClip.BitsPerSecond / 16 * (seconds - 3), check.ToString());
    }
}
