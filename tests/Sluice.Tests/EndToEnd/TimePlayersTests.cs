using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;
using Sluice.Tests.Kit.Processes;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>Real players that ask for the past of a channel: it has a minute of it at once, because that was put into the store before.</summary>
[Collection(QuietMachine.Name)]
public sealed class TimePlayersTests(ITestOutputHelper output) : IDisposable
{
    private const int Fps = TestClip.FramesPerSecond;
    private readonly string _store = Directory.CreateTempSubdirectory("sluice-past-").FullName;

    public void Dispose() => Directory.Delete(_store, recursive: true);

    [Fact]
    public async Task PlayersSeeAMinuteAgoPauseAndGoOn()
    {
        var (code, said) = await SluiceProcess.RunToEndAsync("store", "import", "--store", _store, "--channel", EngineRig.Channel, await TestClip.PathAsync());
        Assert.True(code == 0, said);
        var ended = DateTimeOffset.UtcNow;
        var http = FreePorts.One();
        await using var rig = await EngineRig.StartAsync(new EnginePlan
        {
            StorePath = _store, Change = root => root["http"] = new JsonObject { ["listen"] = $"127.0.0.1:{http}" },
        });
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", rig.SourcePort);
        string Url(string query) => $"http://127.0.0.1:{http}/channels/{EngineRig.Channel}.ts?{query}";
        var start = ended.AddSeconds(-30).ToUnixTimeSeconds();

        var pausing = TimePlayer.PlayAsync(rig.RtspUrl, "udp", "p5", "w10", "p5");
        var pausingTcp = TimePlayer.PlayAsync(rig.RtspUrl, "tcp", "p5", "w10", "p5");
        var reports = await Task.WhenAll(
            FfmpegPlayer.HttpAsync(Url("offset=58"), 8), VlcPlayer.HttpAsync(Url("offset=58"), 10), GStreamerPlayer.HttpAsync(Url("offset=58"), 8),
            FfmpegPlayer.HttpAsync(Url($"start={start}&end={start + 6}"), 30), FfmpegPlayer.RtspUdpAsync(rig.RtspUrl, 6));

        Array.ForEach(reports, report => output.WriteLine(report.ToString()));
        Assert.All(reports[..3], report => Assert.Null(report.Fault(6 * Fps)));
        // From the picture that decoding may begin with to the end that was asked for, which may cut the last one.
        Assert.True(reports[3] is { Lost: 0, Continuity: 0, DecodeErrors: <= 10 }, reports[3].ToString());
        Assert.InRange(reports[3].Frames, (6 * Fps) - 5, 8 * Fps);
        Assert.Null(reports[4].Fault(4 * Fps));
        AssertWentOn("udp", await pausing);
        AssertWentOn("tcp", await pausingTcp);
    }

    private void AssertWentOn(string protocol, (TimeStep[] Steps, string Log) play)
    {
        output.WriteLine($"{protocol}: {string.Join("; ", play.Steps.AsEnumerable())}");
        Assert.True(play.Steps.Length == 3, play.Log);
        Assert.InRange(play.Steps[0].Frames, Fps, 7 * Fps);           // it also connects and buffers in that time
        Assert.InRange(play.Steps[2].Frames - play.Steps[1].Frames, 3 * Fps, 7 * Fps);
    }
}
