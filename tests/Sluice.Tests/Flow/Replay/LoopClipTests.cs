using Sluice.Flow;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Players;
using Sluice.Tests.Kit.Processes;
using Sluice.Wire.RandomAccess;
using Xunit.Abstractions;

namespace Sluice.Tests.Flow.Replay;

/// <summary>What comes out of a loop, as a file, judged by ffmpeg and VLC: it decodes as one stream.</summary>
public sealed class LoopClipTests(ITestOutputHelper output)
{
    private const int Turns = 20;

    [Theory]
    [InlineData("whole", "-t", "10", "-c", "copy")]
    [InlineData("b-frames", "-t", "10", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25", "-flags", "+cgop", "-c:a", "mp2")]
    [InlineData("short", "-t", "2", "-c", "copy")]
    [InlineData("mpeg2", "-t", "3", "-c:v", "mpeg2video", "-g", "15", "-bf", "2", "-c:a", "ac3")]
    [InlineData("hevc", "-t", "3", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=25:log-level=0", "-c:a", "aac", "-ar", "44100")]
    public async Task TwentyTurnsDecodeAsOneStream(string name, params string[] how)
    {
        var file = await File.ReadAllBytesAsync(await TestClip.CutAsync(how));
        var loop = new LoopSource(() => new TsFileSource(file), new LoopPlan { Turns = Turns, Codec = AccessCodec.MpegTs, ClockRate = 90_000 });
        await JudgeAsync(name, loop);
    }

    [Theory, InlineData(1.3, 5.7), InlineData(0, 3.2), InlineData(2.02, 9.98)]
    public async Task AStretchIsCutAtItsAccessPoints(double from, double to)
    {
        var file = await File.ReadAllBytesAsync(await TestClip.CutAsync("-t", "12", "-c", "copy"));
        var plan = new LoopPlan
        {
            Turns = Turns, Codec = AccessCodec.MpegTs, ClockRate = 90_000, BeginNs = (long)(from * 1e9), EndNs = (long)(to * 1e9),
        };
        await JudgeAsync($"{from} to {to}", new LoopSource(() => new TsFileSource(file), plan));
    }

    private async Task JudgeAsync(string name, LoopSource loop)
    {
        var (path, check) = (TestFolder.NewFile("loop.ts"), new TsStreamCheck());
        await using (var target = File.Create(path))
            Write(loop, target, check);
        output.WriteLine($"{name}: {check}, period {loop.Progress.PeriodNs / 1e6:f2} ms, {loop.Progress.Turn} turns {loop.Progress.Fault}");
        Assert.Equal((0, 0, 0), (check.BadPackets, check.ContinuityErrors, check.Left));
        Assert.Equal((Turns, null), ((int)loop.Progress.Turn, loop.Progress.Fault));
        var complaints = new List<string>();
        await using var ffmpeg = ChildProcess.Start("ffmpeg",
            ["-hide_banner", "-nostdin", "-loglevel", "warning", "-i", path, "-map", "0", "-f", "null", "-"], line => complaints.Add(line.Text));
        Assert.Equal(0, await ffmpeg.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Empty(complaints);
        var vlc = await VlcPlayer.FileAsync(path);
        Assert.Null(vlc.Fault(framesMin: 0));
    }

    private static void Write(LoopSource loop, Stream target, TsStreamCheck check)
    {
        ReplayPacket? last = null;
        while (loop.TryNext(out var packet, out var payload) == ReplayStatus.Packet)
        {
            Assert.True(last is not { } before || (packet.MediaNs >= before.MediaNs && (int)(packet.RtpTimestamp - before.RtpTimestamp) >= 0), "time falls");
            last = packet;
            check.Take(payload);
            target.Write(payload);
        }
    }
}
