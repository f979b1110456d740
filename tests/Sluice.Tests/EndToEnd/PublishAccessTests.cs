using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.EndToEnd;

/// <summary>Who may publish into a channel of the published binary: real encoders with right and wrong passwords.</summary>
[Collection(QuietMachine.Name)]
public class PublishAccessTests
{
    private const string Password = "0pen-sesame", Ffmpeg = "ffmpeg", GStreamer = "gst";
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task OnlyUsersOnThePublishListComeIn()
    {
        await using var rig = await PublishRig.StartAsync(Protect, Ffmpeg, GStreamer, "plain");
        string Url(string channel, string user, string password) =>
            rig.UrlOf(channel).Replace("rtsp://", $"rtsp://{user}:{password}@", StringComparison.Ordinal);

        await RefusedAsync("401", await Publisher.FfmpegAsync(Url(Ffmpeg, "anna", "mist4ken"), "tcp"));
        await RefusedAsync("401", await Publisher.FfmpegAsync(rig.UrlOf(Ffmpeg), "udp"));
        await RefusedAsync("403", await Publisher.FfmpegAsync(Url(Ffmpeg, "bob", "b"), "udp"));
        await RefusedAsync("403", await Publisher.FfmpegAsync(rig.UrlOf("plain"), "udp"), "no source \"publish\"");
        await RefusedAsync("401", await Publisher.FfmpegAsync(rig.UrlOf("nowhere"), "tcp"));
        await RefusedAsync("404", await Publisher.FfmpegAsync(Url("nowhere", "bob", "b"), "tcp"));
        await RefusedAsync("nauthorized", await Publisher.GStreamerAsync(rig.UrlOf(GStreamer), "tcp", "user-id=anna", "user-pw=mist4ken"));

        await using var one = await Publisher.FfmpegAsync(Url(Ffmpeg, "anna", Password), "udp");
        await using var two = await Publisher.GStreamerAsync(rig.UrlOf(GStreamer), "tcp", "user-id=anna", $"user-pw={Password}");
        await rig.UntilOnlineAsync(Ffmpeg, GStreamer);
        Assert.DoesNotContain(Password, rig.Sluice.Child.Output.Tail(10_000) + await rig.Sluice.GetTextAsync("/api/status"), StringComparison.Ordinal);
    }

    private static void Protect(JsonObject root)
    {
        root["users"] = new JsonObject
        {
            ["anna"] = new JsonObject { ["password"] = Password },
            ["bob"] = new JsonObject { ["password"] = "b" },
        };
        foreach (var name in (string[])[Ffmpeg, GStreamer])
            (root["channels"]![name]!["read"], root["channels"]![name]!["publish"]) = (new JsonArray("bob"), new JsonArray("anna"));
        root["channels"]!["plain"]!["sources"] = new JsonArray($"rtp://@:{Kit.Net.FreePorts.Pair()}");
    }

    private static async Task RefusedAsync(string status, ChildProcess encoder, string reason = "")
    {
        await using (encoder)
        {
            await encoder.WaitForExitAsync(s_bound);
            Assert.Contains(status, encoder.Output.Tail(200), StringComparison.Ordinal);
            Assert.Contains(reason, encoder.Output.Tail(200), StringComparison.Ordinal);
        }
    }
}
