using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;
using Sluice.Tests.Kit.Processes;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>Players ask for multicast and play the group that the channel is sent to; it goes on when they leave.</summary>
[Collection(QuietMachine.Name)]
public class RtspMulticastRunTests(ITestOutputHelper output)
{
    private const int Seconds = 4;
    private const int FramesMin = Seconds * TestClip.FramesPerSecond / 2;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task PlayFromTheGroupAndLeaveItToTheOthers()
    {
        await using var rig = await EngineRig.StartAsync(new EnginePlan { Outputs = [$"rtp://239.77.14.1:{FreePorts.Pair()}?iface=lo"] });
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", rig.SourcePort);

        var playing = Task.WhenAll(GStreamerPlayer.RtspMulticastAsync(rig.RtspUrl, Seconds), VlcPlayer.RtspMulticastAsync(rig.RtspUrl, Seconds));
        var most = 0.0;
        while (!playing.IsCompleted)
        {
            most = Math.Max(most, await GroupTracksAsync(rig));
            await Task.WhenAny(playing, Task.Delay(50));
        }

        foreach (var report in await playing)
        {
            output.WriteLine(report.ToString());
            Assert.Null(report.Fault(FramesMin));
        }
        Assert.Equal(2, most);
        await Eventually.TrueAsync("the sessions' end", s_bound, async () => await GroupTracksAsync(rig) == 0);
        var client = Assert.Single(await rig.ClientsAsync());
        var sent = client["sent"]!["packets"]!.GetValue<long>();
        await Eventually.TrueAsync("more packets to the group", s_bound,
            async () => (await rig.ClientsAsync())[0]["sent"]!["packets"]!.GetValue<long>() > sent + 100);
    }

    /// <summary>ffmpeg joins where the route to the group goes, so that it needs a network of its own.</summary>
    [Fact]
    public async Task FfmpegPlaysFromTheGroup()
    {
        using var place = new NetworkNamespace();
        place.IpInside("route add 224.0.0.0/4 dev lo");
        var path = SluiceProcess.WriteConfiguration("""
            { "rtsp": { "listen": "127.0.0.1:8554" }, "http": { "listen": "off" }, "admin": { "listen": "127.0.0.1:9090" },
              "channels": { "news": { "sources": [ "rtp://@:5004" ], "outputs": [ "rtp://239.77.14.2:6000?iface=lo" ] } } }
            """);
        await using var engine = ChildProcess.Start("ip", ["netns", "exec", place.Name, SluiceProcess.BinaryPath, "run", path]);
        await engine.WaitForLineAsync("the engine", line => line.Contains("is up", StringComparison.Ordinal), s_bound);
        await TestClip.PathAsync();                            // so that what follows starts its program before it first waits: in the namespace
        await using var pusher = await place.Run(() => Pusher.RtpTsAsync("127.0.0.1", 5004));

        var report = await place.Run(() => FfmpegPlayer.RtspMulticastAsync("rtsp://127.0.0.1:8554/news", Seconds));

        output.WriteLine(report.ToString());
        Assert.Null(report.Fault(FramesMin));
    }

    private static Task<double> GroupTracksAsync(EngineRig rig) => rig.Sluice.MetricAsync("sluice_rtsp_group_tracks");
}
