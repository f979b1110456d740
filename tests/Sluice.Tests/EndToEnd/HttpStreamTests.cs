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
        const int Seconds = 8;
        const string Group = "239.77.17.9";
        var groupPort = FreePorts.Pair();
        await using var rig = await HttpRig.StartAsync(root =>
            root["relay"] = new JsonObject { ["groups"] = new JsonArray("239.77.17.0/24"), ["iface"] = "lo" });
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", rig.SourcePort);
        await using var groupPusher = await Pusher.UdpTsAsync(Group, groupPort);
        var file = TestFolder.NewFile("curl.ts");
        // As a set-top box asks: HTTP/1.0 as well.
        await using var curl = ChildProcess.Start("curl", ["-sS", "--max-time", $"{Seconds}", "-o", file, rig.Url()]);
        await using var curl10 = ChildProcess.Start("curl", ["-sS", "-0", "--max-time", $"{Seconds}", "-o", file + "10", rig.Url()]);
        await using var probe = ChildProcess.Start("ffprobe", ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", rig.Url()]);

        var plays = Task.WhenAll(FfmpegPlayer.HttpAsync(rig.Url(), Seconds), VlcPlayer.HttpAsync(rig.Url(), Seconds + 2),
            GStreamerPlayer.HttpAsync(rig.Url(), Seconds), FfmpegPlayer.HttpAsync(rig.Url($"/udp/{Group}:{groupPort}/"), Seconds));
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
        await good.AssertWholeAsync(packetsMin: 1400, s_bound, () => DroppedAsync(rig, HttpRig.Channel, "strict"), output.WriteLine);
    }

    [Fact]
    public async Task TwoHundredViewersAtOnceLoseNothing()
    {
        const int Viewers = 200, PacketsPerSecond = 60;
        await using var rig = await HttpRig.StartAsync();
        using var sender = new StampedSender(rig.Source, new SendPlan(PacketsPerSecond));
        using var crowd = await HttpCrowd.WatchAsync(rig.Http, Viewers, HttpRig.Channel);
        await Eventually.TrueAsync("all viewers", s_bound, async () => await rig.MetricAsync("sluice_http_viewers") == Viewers);
        await crowd.AssertWholeAsync(packetsMin: 5 * PacketsPerSecond, s_bound, () => DroppedAsync(rig, HttpRig.Channel), output.WriteLine);
        Assert.Equal(0, await rig.MetricAsync("sluice_http_skips_total"));
        Assert.Equal(Viewers, (await rig.ClientsAsync()).Length);
    }

    // Of those that take what they are sent.
    private static async Task<long> DroppedAsync(HttpRig rig, params string[] channels)
    {
        var dropped = 0L;
        foreach (var channel in channels)
            dropped += (await rig.Sluice.GetAsync($"/api/channels/{channel}/clients"))["clients"]!.AsArray()
                .Where(c => c!["skips"]!.GetValue<long>() == 0).Sum(c => c!["sent"]!["dropped"]!.GetValue<long>());
        return dropped;
    }

    [Fact]
    public async Task VlcPlaysThePlaylistEntryByEntry()
    {
        var sportPort = FreePorts.Pair();
        await using var rig = await HttpRig.StartAsync(root =>
            root["channels"]!["sport"] = new JsonObject { ["sources"] = new JsonArray($"rtp://@:{sportPort}") });
        await using var news = await Pusher.RtpTsAsync("127.0.0.1", rig.SourcePort);
        await using var sport = await Pusher.RtpTsAsync("127.0.0.1", sportPort);
        var remote = FreePorts.One();
        await using var vlc = ChildProcess.Start("cvlc",
        [
            "-vv", "--no-color", "-I", "rc", "--rc-host", $"127.0.0.1:{remote}", "--vout", "dummy", "--aout", "dummy", "--no-media-library",
            rig.Url("/playlist.m3u"),
        ], unprivileged: true);

        await Eventually.TrueAsync("the first entry", s_bound, async () => await ViewersAsync(rig, "news") == 1, () => vlc.Output.Tail());
        await vlc.WaitForLineAsync("a picture", VlcPlayer.IsFirstPicture, s_bound);
        using (var control = new System.Net.Sockets.TcpClient())
        {
            await control.ConnectAsync("127.0.0.1", remote);
            await control.GetStream().WriteAsync("next\n"u8.ToArray());
            await Eventually.TrueAsync("the second entry", s_bound, async () => await ViewersAsync(rig, "sport") == 1, () => vlc.Output.Tail());
            await Eventually.TrueAsync("the first one left", s_bound, async () => await ViewersAsync(rig, "news") == 0);
        }
        vlc.Signal(Signals.Terminate);
    }

    private static async Task<int> ViewersAsync(HttpRig rig, string channel) =>
        (await rig.Sluice.GetAsync($"/api/channels/{channel}/clients"))["total"]!.GetValue<int>();

    [Fact]
    public async Task SlowRequestsAreCutOffAndTheGoodOnesNoticeNothing()
    {
        // X13: heads that never end. The good viewer's first bytes are there while they dribble.
        await using var rig = await HttpRig.StartAsync();
        using var sender = new StampedSender(rig.Source, new SendPlan(100));
        var dribblers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            var peer = await HttpPeer.ConnectAsync(rig.Http);
            await peer.SendAsync("GET /channels/news.ts HTTP/1.1\r\nHost: x\r\nX-Slow: ");
            return peer;
        }));
        using var crowd = await HttpCrowd.WatchAsync(rig.Http, 4, HttpRig.Channel);
        await Task.WhenAll(dribblers.Select(peer => peer.DrainAsync()));
        await crowd.AssertWholeAsync(packetsMin: 500, s_bound, () => DroppedAsync(rig, HttpRig.Channel), output.WriteLine);
        Assert.Equal(4, await rig.MetricAsync("sluice_http_viewers"));
        Array.ForEach(dribblers, peer => peer.Dispose());
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
