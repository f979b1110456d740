using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// Picture and sound of a real encoder, each by an output of its own to one host, live and some seconds ago: players open one .sdp file for both.
/// </summary>
[Collection(QuietMachine.Name)]
public sealed class OutputTracksTests(ITestOutputHelper output)
{
    private const string Channel = "cam";
    private const int PlaySeconds = 4, OffsetSeconds = 2;
    private const double TogetherSeconds = 0.015;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task BothTracksArePlayedFromOneFileNowAndAtAnOffset()
    {
        var ports = FreePorts.Pairs(8);
        await using var rig = await PublishRig.StartAsync(root =>
        {
            root["store"] = new JsonObject { ["path"] = TestFolder.Create("tracks"), ["size"] = "64MiB", ["segment"] = "1MiB" };
            root["channels"]![Channel]!["outputs"] = new JsonArray([.. ports.Select((port, i) => (JsonNode)Output(port, i % 2, i % 4 > 1, isAtOnce: i is 4 or 6))]);
        }, Channel);
        using var live = new TrackEars(ports[4], ports[5]);
        using var late = new TrackEars(ports[6], ports[7]);
        using (var none = await rig.Sluice.PostAsync($"/api/channels/{Channel}/clients", Output(ports[0], 2, isLate: false)))
            Assert.Equal(HttpStatusCode.UnprocessableEntity, none.StatusCode);
        await using var encoder = await Publisher.FfmpegAsync(rig.UrlOf(Channel), "udp");
        await rig.UntilOnlineAsync(Channel);

        var (now, ago) = (await FileAsync(rig, ports[0]), await FileAsync(rig, ports[3]));
        AssertSections(now, ports[0], ports[1]);
        AssertSections(ago, ports[2], ports[3]);
        var reports = await Task.WhenAll(
            TwoTrackPlayer.FfmpegSdpAsync(now, PlaySeconds), TwoTrackPlayer.GStreamerSdpAsync(ago, "rtpmp4gdepay ! aacparse ! avdec_aac", PlaySeconds));
        await Eventually.TrueAsync("reports of all", s_bound, () => Task.FromResult(live.HaveReports && late.HaveReports), () => $"{live}; {late}");

        foreach (var report in reports)
        {
            output.WriteLine(report.ToString());
            Assert.Null(report.Fault(PlaySeconds * TestClip.FramesPerSecond / 2, soundsMin: PlaySeconds * 20));
        }
        await AssertStatusAsync(rig);
        AssertTogether(live, late);
    }

    private static JsonObject Output(int port, int track, bool isLate, bool isAtOnce = false)
    {
        var output = new JsonObject { ["to"] = $"rtp://127.0.0.1:{port}", ["track"] = track };
        if (isLate)
            output["offset"] = $"{OffsetSeconds}s";
        if (isAtOnce)
            output["delay"] = "0s";
        return output;
    }

    private static async Task<string> FileAsync(EngineRig rig, int port)
    {
        var path = TestFolder.NewFile("tracks.sdp");
        await File.WriteAllTextAsync(path, await rig.Sluice.GetTextAsync($"/channels/{Channel}.sdp?output=rtp://127.0.0.1:{port}"));
        return path;
    }

    private static void AssertSections(string path, params int[] ports) => Assert.Equal([$"m=video {ports[0]} RTP/AVP 96", $"m=audio {ports[1]} RTP/AVP 97"],
        File.ReadAllLines(path).Where(line => line.StartsWith("m=", StringComparison.Ordinal)));

    // Each pair has one delay, and what is said of the sound is not the picture's.
    private async Task AssertStatusAsync(EngineRig rig)
    {
        var clients = (await rig.Sluice.GetAsync($"/api/channels/{Channel}/clients"))["clients"]!.AsArray().Select(one => one!).ToArray();
        foreach (var client in clients)
            output.WriteLine(client.ToJsonString());
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1], clients.Select(client => (int)client["track"]!));
        Assert.All(clients, client => Assert.Equal((int)client["track"]! == 0 ? "H264/90000" : "MPEG4-GENERIC/48000", (string)client["media"]!));
        var delays = clients.Select(client => (double)client["delayMs"]!).ToArray();
        Assert.Equal(delays.Where((_, i) => i % 2 == 0), delays.Where((_, i) => i % 2 == 1));
        Assert.Equal(3, delays.Distinct().Count());
        Assert.Equal([0, 0, 0, 0], delays[4..]);
    }

    // By the reports: how far a piece of sound is from a picture that left beside it, some seconds ago as live.
    private void AssertTogether(TrackEars live, TrackEars late)
    {
        var (picture, pictureLive) = Pair(live.Picture, late.Picture);
        var (sound, soundLive) = Pair(live.Sound, late.Sound);
        var apart = late.Sound.SaidSeconds(sound, 0) - late.Picture.SaidSeconds(picture, 0);
        var apartLive = live.Sound.SaidSeconds(soundLive, 0) - live.Picture.SaidSeconds(pictureLive, 0);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"sound after picture: live {apartLive * 1e3:0.0} ms, {OffsetSeconds} s ago {apart * 1e3:0.0} ms"));
        Assert.InRange(apart - apartLive, -TogetherSeconds, TogetherSeconds);
    }

    // The same packet live: pieces of a tone come again by themselves, but not at the distance that all of them have.
    private static (TrackPacket Late, TrackPacket Live) Pair(TrackRecord live, TrackRecord late)
    {
        var (packets, lates) = (live.Taken(), late.Taken());
        var packet = lates[lates.Length / 2];
        return (packet, packets.Where(one => one.Content == packet.Content)
            .MinBy(one => Math.Abs(packet.ArrivalNs - one.ArrivalNs - OffsetSeconds * 1_000_000_000L)));
    }

    /// <summary>Hears what two outputs send to this host, and their reports.</summary>
    private sealed class TrackEars : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public TrackEars(int picturePort, int soundPort)
        {
            foreach (var (record, port) in new[] { (Picture, picturePort), (Sound, soundPort) })
            {
                _sockets.Add(record.Listen(port, isReport: false));
                _sockets.Add(record.Listen(port + 1, isReport: true));
            }
        }

        public TrackRecord Picture { get; } = new(90_000);
        public TrackRecord Sound { get; } = new(48_000);

        public bool HaveReports => Picture.ReportCount > 0 && Sound.ReportCount > 0;

        public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

        public override string ToString() => $"{Picture.ReportCount} and {Sound.ReportCount} reports of {Picture.Count} and {Sound.Count} packets";
    }
}
