using Sluice.Tests.Flow.Shaping;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.EndToEnd;

/// <summary>Real players on shaped outputs of a real encoder's stream: cut small, without null packets, padded to a constant rate.</summary>
[Collection(QuietMachine.Name)]
public sealed class ShapedPlayersTests
{
    private const int PlaySeconds = 6;

    [Fact]
    public async Task PlayersDecodeEveryShapeWithoutAnError()
    {
        var ports = FreePorts.Pairs(8);
        string[] shapes = ["tsPackets=2", "nulls=remove", "cbr=2Mbit/s"];
        string Output(int i, string scheme, string shape) => $"{scheme}://127.0.0.1:{ports[i]}?{shape}";
        await using var engine = await EngineRig.StartAsync(new EnginePlan
        {
            Outputs =
            [
                Output(0, "rtp", shapes[0]), Output(1, "udp", shapes[0]), Output(2, "rtp", shapes[1]), Output(3, "udp", shapes[1]),
                Output(4, "rtp", shapes[2]), Output(5, "udp", shapes[2]), Output(6, "rtp", shapes[2]), Output(7, "udp", shapes[2]),
            ],
        });
        using var recorder = new PcapRecorder(ports[7]);
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", engine.SourcePort);
        await Eventually.TrueAsync("the source online", TimeSpan.FromSeconds(10), async () => await engine.SourceCounterAsync("packets") > 100);

        var plays = await Task.WhenAll(
            FfmpegPlayer.RtpAsync("127.0.0.1", ports[0], PlaySeconds), VlcPlayer.UdpAsync(null, ports[1], PlaySeconds),
            GStreamerPlayer.RtpAsync("127.0.0.1", ports[2], PlaySeconds), FfmpegPlayer.UdpAsync("127.0.0.1", ports[3], PlaySeconds),
            FfmpegPlayer.RtpAsync("127.0.0.1", ports[4], PlaySeconds), VlcPlayer.UdpAsync(null, ports[5], PlaySeconds),
            GStreamerPlayer.RtpAsync("127.0.0.1", ports[6], PlaySeconds));
        recorder.Dispose();

        // VLC shows its first second later, and who joins before a keyframe waits up to one GOP for it.
        Assert.All(plays, play => Assert.Null(play.Fault((PlaySeconds - 2) * TestClip.FramesPerSecond)));
        Assert.Empty(await Tshark.LinesAsync(recorder.Path, "_ws.malformed || mp2t.cc.drop"));
        AssertClockIsExact(recorder.Path);
        var channel = await engine.Sluice.GetAsync($"/api/channels/{EngineRig.Channel}");
        Assert.All(channel["shaped"]!.AsArray(), shaped => Assert.Equal((0L, 0L), ((long)shaped!["overRate"]!, (long)shaped["dropped"]!)));
    }

    /// <summary>A real encoder's clock references, by byte position in what was sent: TR 101 290 §5.2.2 allows 500 ns, which are 13.5 ticks.</summary>
    private static void AssertClockIsExact(string capture)
    {
        const int FileHeader = 24, RecordHeader = 16, IpAndUdp = 28;
        var reading = new TsReading();
        var bytes = File.ReadAllBytes(capture);
        for (var at = FileHeader; at < bytes.Length;)
        {
            var length = BitConverter.ToInt32(bytes, at + 8);
            reading.Take(bytes.AsSpan(at + RecordHeader + IpAndUdp, length - IpAndUdp));
            at += RecordHeader + length;
        }
        var pid = reading.Clock[0].Pid;
        Assert.True(reading.Clock.Count > 100 && reading.Nulls > 100, $"{reading.Clock.Count} references, {reading.Nulls} null packets");
        Assert.True(reading.WorstPcrError(2_000_000, pid) <= 1.0, $"{reading.WorstPcrError(2_000_000, pid)} ticks");
        Assert.Equal((0L, 0), (reading.ContinuityErrors, reading.Discontinuities));
    }
}
