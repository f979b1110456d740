using System.Net;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Processes;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.EndToEnd;

/// <summary>A channel's past and its future become assets.</summary>
public class AssetRecordingTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task RecordsWhatWasAndWhatWillBe()
    {
        await using var rig = await AssetRig.StartAsync();
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", rig.SourcePort);
        await Eventually.TrueAsync("seconds held", s_bound, async () => await HeldSecondsAsync(rig) > 3);

        var order = new JsonObject { ["channel"] = "news", ["from"] = "now-2s", ["to"] = "now+2s" };
        Assert.Equal(HttpStatusCode.Accepted, (await rig.OrderAsync("cut", order)).Status);
        await Eventually.TrueAsync("its first half, while the rest is to come", s_bound, async () => (double)(await rig.StatusAsync("cut"))["seconds"]! > 1.5);
        Assert.Equal("writing", (string)(await rig.StatusAsync("cut"))["state"]!);
        var status = await rig.WholeAsync("cut");
        // From access point to access point: at most a GOP more at each end.
        Assert.InRange((double)status["seconds"]!, 3.9, 4 + 2 * TestClip.GopSeconds + 0.5);

        var file = TestFolder.NewFile("cut.ts");
        await File.WriteAllBytesAsync(file, await rig.FileAsync("cut"));
        Assert.True(TsDatagram.TryParse(await File.ReadAllBytesAsync(file), out _));
        await using var ffmpeg = ChildProcess.Start("ffmpeg", ["-hide_banner", "-nostdin", "-loglevel", "error", "-i", file, "-f", "null", "-"]);
        Assert.Equal(0, await ffmpeg.WaitForExitAsync(s_bound));
        // A record is seven transport packets: the one in which the next access point begins, and with it the last picture's end, is not in it.
        var complaints = ffmpeg.Output.Snapshot().Select(line => line.Text).ToArray();
        Assert.True(complaints.Length <= 3 && complaints.All(line => line.Contains("h264", StringComparison.Ordinal)), string.Join('\n', complaints));

        foreach (var (wrong, expected) in new[]
        {
            (new JsonObject { ["channel"] = "nowhere", ["to"] = "now+1s" }, HttpStatusCode.NotFound),
            (new JsonObject { ["channel"] = "news", ["to"] = "soon" }, HttpStatusCode.BadRequest),
            (new JsonObject { ["channel"] = "news", ["from"] = "now", ["to"] = "now-5s" }, HttpStatusCode.BadRequest),
        })
            Assert.Equal(expected, (await rig.OrderAsync("x", wrong)).Status);
    }

    private static async Task<double> HeldSecondsAsync(AssetRig rig) =>
        (await rig.Sluice.GetAsync("/api/status"))["store"]!["channels"]![0]!["heldSeconds"]!.GetValue<double>();
}
