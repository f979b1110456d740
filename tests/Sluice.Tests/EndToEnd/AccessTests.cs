using System.Text.Json.Nodes;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;
using Sluice.Tests.Kit.Processes;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>A protected channel of the published binary and real players with right and wrong passwords.</summary>
[Collection(QuietMachine.Name)]
public class AccessTests(ITestOutputHelper output)
{
    private const int Seconds = 3;
    private const string Password = "0pen-sesame";

    [Fact]
    public async Task PlayersWithThePasswordPlayAndTheOthersDoNot()
    {
        var httpPort = FreePorts.One();
        await using var rig = await EngineRig.StartAsync(new EnginePlan { Change = root => Protect(root, httpPort) });
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", rig.SourcePort);
        string Url(string user, string password) => rig.RtspUrl.Replace("rtsp://", $"rtsp://{user}:{password}@", StringComparison.Ordinal);

        var sdp = $"http://127.0.0.1:{httpPort}/channels/{EngineRig.Channel}.sdp";
        var (good, bad, forbidden) = (CurlAsync(sdp, $"anna:{Password}"), CurlAsync(sdp, "anna:mist4ken"), CurlAsync(sdp, "bob:b"));
        var reports = await Task.WhenAll(
            FfmpegPlayer.RtspUdpAsync(Url("anna", Password), Seconds), FfmpegPlayer.RtspTcpAsync(Url("anna", Password), Seconds),
            GStreamerPlayer.RtspUdpAsync(Url("anna", Password), Seconds), GStreamerPlayer.RtspTcpAsync(Url("anna", Password), Seconds));
        var refused = await FfmpegPlayer.RtspTcpAsync(Url("anna", "mist4ken"), Seconds);
        var open = await FfmpegPlayer.RtspTcpAsync(rig.RtspUrl, Seconds);

        foreach (var report in reports)
        {
            output.WriteLine(report.ToString());
            Assert.Null(report.Fault(Seconds * TestClip.FramesPerSecond / 2));
        }
        Assert.Equal((0, 0), (refused.Frames, open.Frames));
        Assert.Contains("401", refused.Log);
        Assert.Equal(("200", "401", "403"), (await good, await bad, await forbidden));
        await NothingSecretWasWrittenAsync(rig);
        Assert.Matches(@"sluice_access_total\{outcome=""granted""\} (9|1\d)", await rig.Sluice.GetTextAsync("/metrics"));
    }

    private static void Protect(JsonObject root, int httpPort)
    {
        root["http"]!["listen"] = $"127.0.0.1:{httpPort}";
        root["users"] = new JsonObject
        {
            ["anna"] = new JsonObject { ["password"] = Password },
            ["bob"] = new JsonObject { ["password"] = "b" },
        };
        root["channels"]![EngineRig.Channel]!["read"] = new JsonArray("anna");
    }

    private static async Task<string> CurlAsync(string url, string user)
    {
        await using var curl = ChildProcess.Start("curl",
            ["--silent", "--digest", "--user", user, "--output", "/dev/null", "--write-out", "%{http_code}", url]);
        await curl.WaitForExitAsync(TimeSpan.FromSeconds(20));
        return curl.Output.Tail().Trim().Split(' ')[^1];
    }

    private static async Task NothingSecretWasWrittenAsync(EngineRig rig)
    {
        var told = rig.Sluice.Child.Output.Tail(10_000) + await rig.Sluice.GetTextAsync("/api/status") + await rig.Sluice.GetTextAsync("/metrics")
            + await rig.Sluice.GetTextAsync($"/api/channels/{EngineRig.Channel}/clients");
        Assert.DoesNotContain(Password, told);
        Assert.DoesNotContain("mist4ken", told);
    }
}
