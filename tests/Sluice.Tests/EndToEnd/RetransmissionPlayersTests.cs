using System.Text.Json.Nodes;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// A channel that sends lost packets again, and real players: the one that knows RTX loses less behind a bad link, and those
/// that know nothing of it play all the same.
/// </summary>
[Collection(QuietMachine.Name)]
public class RetransmissionPlayersTests(ITestOutputHelper output)
{
    private const int Seed = 60, DelayMs = 10, Seconds = 12, LatencyMs = 300;

    [Fact]
    public async Task RtxRepairsForRtspsrcAndEverybodyElsePlays()
    {
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Retransmit = "rtx" });
        using var asking = new LossyRtsp(engine.RtspUrl, new LossProfile(Seed) { Drop = 0.05 }, DelayMs);
        using var silent = new LossyRtsp(engine.RtspUrl, new LossProfile(Seed) { Drop = 0.05 }, DelayMs);
        // What the engine sends as one GSO message is not yet datagrams on lo; what the link passes on is.
        await using var capture = await Capture.StartAsync($"udp src portrange {asking.Port}-{asking.Port + 1} or udp dst port {asking.Port + 1}");
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", engine.SourcePort);
        await Kit.Eventually.TrueAsync("the source online", TimeSpan.FromSeconds(10), async () => await engine.SourceCounterAsync("packets") > 100);

        var players = Task.WhenAll(
            GStreamerPlayer.RtspFeedbackAsync(asking.Url, asks: true, LatencyMs, Seconds),
            GStreamerPlayer.RtspFeedbackAsync(silent.Url, asks: false, LatencyMs, Seconds),
            FfmpegPlayer.RtspUdpAsync(engine.RtspUrl, Seconds), FfmpegPlayer.RtspTcpAsync(engine.RtspUrl, Seconds),
            GStreamerPlayer.RtspTcpAsync(engine.RtspUrl, Seconds), VlcPlayer.RtspAsync(engine.RtspUrl, Seconds));
        JsonNode? again = null;
        while (!players.IsCompleted)
        {
            var client = (await engine.ClientsAsync()).SingleOrDefault(c => c["address"]!.GetValue<string>() == $"127.0.0.1:{asking.Port}");
            again = client?["again"] ?? again;
            await Task.WhenAny(players, Task.Delay(200));
        }
        var reports = await players;
        foreach (var report in reports) output.WriteLine(report.ToString());
        output.WriteLine($"link: {asking.Link!.LossRatio:P2} and {silent.Link!.LossRatio:P2} lost; answered: {again?.ToJsonString()}");

        Assert.True(reports[0].Frames > 10 * TestClip.FramesPerSecond && reports[1].Lost > 20, $"both played, and the link lost packets\n{reports[0].Log}");
        // Told no bandwidth, GStreamer plans RTCP for 64 kbit/s and sends early feedback 200 ms apart at best (RFC 4585 §3.5.2): what falls
        // between is asked for too late. Its log says "can't allow early feedback".
        Assert.InRange(reports[0].Lost, 0, reports[1].Lost * 3 / 4);
        Assert.True(again!["answered"]!.GetValue<long>() > 20, again.ToJsonString());
        Assert.All(reports.Skip(2), report => Assert.Null(report.Fault(10 * TestClip.FramesPerSecond)));
        Assert.True(await capture.StopAsync() > 500);
        await AssertDecodesAsync(capture.Path, asking.Port);
    }

    // What went to and fro on the player's link: media, RTX, reports both ways, NACKs.
    private static async Task AssertDecodesAsync(string capture, int port)
    {
        Assert.Empty(await Tshark.MalformedAsync(capture, [], [port]));
        var types = await Tshark.RtpTypesAsync(capture, port);
        Assert.True(types.Count(type => type == "33") > 500 && types.Count(type => type == "97") > 20, $"{types.Length} RTP packets");
        Assert.Equal(["33", "97"], types.Distinct().Order());
        var compounds = await Tshark.RtcpTypesAsync(capture, port);
        Assert.Contains("200,202", compounds);
        Assert.Contains(compounds, compound => compound.StartsWith("201", StringComparison.Ordinal) && compound.EndsWith("205", StringComparison.Ordinal));
    }
}
