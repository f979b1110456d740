using System.Diagnostics;
using System.Net;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Players;
using Sluice.Tests.Kit.Processes;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>Stored objects in real players: by RTSP and HTTP, from the beginning and from elsewhere, whole and while they come in.</summary>
[Collection(QuietMachine.Name)]
public class AssetPlayTests(ITestOutputHelper output)
{
    private const int Seconds = 4;

    [Fact]
    public async Task PlayersPlayAnAssetFromItsBeginningAndFromElsewhere()
    {
        await using var rig = await AssetRig.StartAsync();
        var bytes = await File.ReadAllBytesAsync(await TestClip.PathAsync());
        using (var put = await rig.SendAsync(HttpMethod.Put, "clip", bytes))
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);

        var probe = ChildProcess.Start("ffprobe",
            ["-hide_banner", "-v", "error", "-rtsp_transport", "tcp", "-show_entries", "format=duration", rig.RtspUrl("clip")]);
        // Two cores decode for so many players at a time, not for all.
        PlayReport[] reports =
        [
            .. await Task.WhenAll(FfmpegPlayer.RtspUdpAsync(rig.RtspUrl("clip"), Seconds), FfmpegPlayer.RtspTcpAsync(rig.RtspUrl("clip"), Seconds),
                FfmpegPlayer.SeekAsync(rig.RtspUrl("clip"), 30, Seconds)),
            .. await Task.WhenAll(FfmpegPlayer.HttpAsync(rig.Url("clip.ts"), Seconds), VlcPlayer.RtspAsync(rig.RtspUrl("clip"), Seconds),
                VlcPlayer.HttpAsync(rig.Url("clip.ts"), Seconds)),
        ];
        foreach (var report in reports)
            output.WriteLine(report.ToString());
        // Where a seek goes on, counters of the transport stream cannot.
        var framesMin = Seconds * TestClip.FramesPerSecond / 2;
        Assert.All(reports, report => Assert.Null(
            (report.Player.Contains("seek", StringComparison.Ordinal) ? report with { Continuity = 0 } : report).Fault(framesMin)));
        await using (probe)
        {
            Assert.Equal(0, await probe.WaitForExitAsync(TimeSpan.FromSeconds(20)));
            Assert.Contains("duration=59", probe.Output.Tail().Replace("duration=60", "duration=59", StringComparison.Ordinal), StringComparison.Ordinal);
        }
        Assert.Equal(0, (int)(await rig.StatusAsync("clip"))["players"]!);
    }

    /// <summary>What HTTP plays is the file from its first access point on, and comes at its own speed.</summary>
    [Fact]
    public async Task TheStreamIsTheFileAtItsOwnSpeedAndEndsWithIt()
    {
        await using var rig = await AssetRig.StartAsync();
        var bytes = (await File.ReadAllBytesAsync(await TestClip.PathAsync()))[..(188 * 3_000)];      // 3.7 s
        using (var put = await rig.SendAsync(HttpMethod.Put, "clip", bytes))
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        using var http = new HttpClient();
        var clock = Stopwatch.StartNew();
        var played = await http.GetByteArrayAsync(new Uri(rig.Url("clip.ts")));
        Assert.InRange(clock.Elapsed.TotalSeconds, 3, 15);
        Assert.InRange(played.Length, bytes.Length - 188 * 50, bytes.Length + 188 * 50);
        Assert.True(bytes.AsSpan().IndexOf(played.AsSpan(played.Length / 2)) > 0, "the second half of what was played is not the file's");
    }

    [Fact]
    public async Task PlaysWhileItComesInAndEndsWhenItIsDeleted()
    {
        await using var rig = await AssetRig.StartAsync();
        var bytes = await File.ReadAllBytesAsync(await TestClip.PathAsync());
        var half = bytes.Length / 2;
        using (var put = await rig.PutPieceAsync("clip", bytes, 0, half))
            Assert.Equal(HttpStatusCode.Accepted, put.StatusCode);
        var early = await FfmpegPlayer.RtspTcpAsync(rig.RtspUrl("clip"), Seconds);
        output.WriteLine(early.ToString());
        Assert.Null(early.Fault(Seconds * TestClip.FramesPerSecond / 2));
        using (var rest = await rig.PutPieceAsync("clip", bytes, half, bytes.Length - half))
            Assert.Equal(HttpStatusCode.Created, rest.StatusCode);

        var playing = new[] { FfmpegPlayer.RtspUdpAsync(rig.RtspUrl("clip"), 60), FfmpegPlayer.HttpAsync(rig.Url("clip.ts"), 60) };
        await Eventually.TrueAsync("both play", TimeSpan.FromSeconds(15), async () => (int)(await rig.StatusAsync("clip"))["players"]! == 2);
        await Task.Delay(1_500);
        using (var gone = await rig.SendAsync(HttpMethod.Delete, "clip"))
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        // A connection that ended and a BYE: long before the 60 s that were asked for.
        var ended = await Task.WhenAll(playing).WaitAsync(TimeSpan.FromSeconds(25));
        foreach (var report in ended)
            output.WriteLine(report.ToString());
        Assert.All(ended, report => Assert.InRange(report.Frames, 1, 20 * TestClip.FramesPerSecond));
        Assert.False(Directory.Exists(Path.Combine(rig.Folder, "clip")));
    }
}
