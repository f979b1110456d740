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

    private const int TriesMax = 3;

    private static readonly string[] s_shapes = ["tsPackets=2", "nulls=remove", "cbr=2Mbit/s"];

    [Fact]
    public async Task PlayersDecodeEveryShapeWithoutAnError()
    {
        for (var tries = 1; ; tries++)
        {
            var (faults, dropped) = await PlayAsync();
            if (faults.Length == 0)
                return;
            // What a machine that stands still for 100 ms drops by age proves nothing against a shape; anything else does.
            Assert.True(dropped > 0 && tries < TriesMax, $"try {tries}, {dropped} packets dropped by age\n{string.Join('\n', faults)}");
        }
    }

    /// <summary>What the players complain of, and what the engine itself dropped.</summary>
    private static async Task<(string[] Faults, long Dropped)> PlayAsync()
    {
        var ports = FreePorts.Pairs(8);
        string Output(int i, string scheme, int shape) => $"{scheme}://127.0.0.1:{ports[i]}?{s_shapes[shape]}";
        await using var engine = await EngineRig.StartAsync(new EnginePlan
        {
            Outputs =
            [
                Output(0, "rtp", 0), Output(1, "udp", 0), Output(2, "rtp", 1), Output(3, "udp", 1),
                Output(4, "rtp", 2), Output(5, "udp", 2), Output(6, "rtp", 2), Output(7, "udp", 2),
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
        var channel = await engine.Sluice.GetAsync($"/api/channels/{EngineRig.Channel}");
        Assert.All(channel["shaped"]!.AsArray(), shaped => Assert.Equal((0L, 0L), ((long)shaped!["overRate"]!, (long)shaped["dropped"]!)));

        // VLC shows its first second later, and who joins before a keyframe waits up to one GOP for it.
        var faults = plays.Select(play => play.Fault((PlaySeconds - 2) * TestClip.FramesPerSecond)).OfType<string>()
            .Concat(await Tshark.LinesAsync(recorder.Path, "_ws.malformed || mp2t.cc.drop")).ToArray();
        var dropped = (long)channel["sent"]!["dropped"]! + (long)channel["sources"]![0]!["kernelDrops"]!;
        if (dropped == 0)
            AssertClockIsExact(recorder.Path);
        return (faults, dropped);
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
