using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>Channels of the published binary whose source is a stored object: live to everybody who watches them, repeated or played once.</summary>
[Collection(QuietMachine.Name)]
public sealed class AssetChannelTests(ITestOutputHelper output)
{
    private const string Loop = "loop", Once = "once";
    private const int TurnSeconds = 2;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public Task AStoredObjectIsALiveChannelThatWaitsForItAndRepeatsWithoutASeam() => SteadyMachine.RunAsync(RepeatAsync);

    private async Task RepeatAsync(StallWatch stalls)
    {
        var clip = await File.ReadAllBytesAsync(await TestClip.CutAsync("-t", $"{TurnSeconds}", "-c", "copy"));
        var (ports, raw) = (FreePorts.Pairs(2), FreePorts.One());
        using var receiver = new RtpReceiver(ports);
        using var once = new UdpClient(new IPEndPoint(IPAddress.Loopback, raw));
        once.Client.ReceiveBufferSize = 8 << 20;
        await using var rig = await AssetRig.StartAsync(root =>
        {
            root["channels"]![Loop] = Channel("asset:clip", $"rtp://127.0.0.1:{ports[0]}", $"rtp://127.0.0.1:{ports[1]}?offset=1s");
            root["channels"]![Once] = Channel("asset:clip?times=1", $"udp://127.0.0.1:{raw}");
        });

        stalls.Watch(rig.Sluice.Child.Pid);

        // Not there is an alarm that says what to do, and no end.
        await Eventually.TrueAsync("the alarms", s_bound, async () => await AlarmsAsync(rig, Loop) == 1 && await AlarmsAsync(rig, Once) == 1);
        Assert.Contains("sluice asset put FILE --name clip", await rig.Sluice.GetTextAsync("/api/status"), StringComparison.Ordinal);
        using (var put = await rig.SendAsync(HttpMethod.Put, "clip", clip))
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);

        await Eventually.TrueAsync("a turn, and no alarm any more", s_bound, async () =>
            await TurnAsync(rig) >= 1 && await AlarmsAsync(rig, Loop) == 0 && await AlarmsAsync(rig, Once) == 0);
        PlayReport[] reports = await Task.WhenAll(FfmpegPlayer.RtspUdpAsync(rig.ChannelRtspUrl(Loop), 3 * TurnSeconds),
            FfmpegPlayer.HttpAsync(rig.ChannelUrl(Loop + ".ts"), 3 * TurnSeconds));
        foreach (var report in reports)
            output.WriteLine(report.ToString());
        Assert.All(reports, report => Assert.Null(report.Fault(2 * TurnSeconds * TestClip.FramesPerSecond)));
        await Eventually.TrueAsync("a fourth turn", s_bound, async () => await TurnAsync(rig) >= 4);

        // What is played once is the file, to the byte.
        Assert.Equal("ended", (string?)await SessionAsync(rig, Once, "state"));
        Assert.Equal(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(clip)), Hash(once));

        // Its deletion is no end of the channel: another of the name goes on.
        using (var gone = await rig.SendAsync(HttpMethod.Delete, "clip"))
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        await Eventually.TrueAsync("the alarm", s_bound, async () => await AlarmsAsync(rig, Loop) == 1);
        using (var put = await rig.SendAsync(HttpMethod.Put, "clip", clip))
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        await Eventually.TrueAsync("it plays, and the other once more", s_bound, async () =>
            await AlarmsAsync(rig, Loop) == 0 && (int?)await SessionAsync(rig, Loop, "begun") == 2 && (int?)await SessionAsync(rig, Once, "begun") == 2);

        receiver.Stop();
        Assert.False(receiver.WasTheLimit, "The receiver itself dropped packets; this run proves nothing.");
        Assert.All(receiver.Records, AssertContinuous);
    }

    private static JsonObject Channel(string source, params string[] outputs) => new()
    {
        ["sources"] = new JsonArray(source),
        ["delay"] = "0",
        ["outputs"] = new JsonArray([.. outputs.Select(to => (JsonNode)to)]),
    };

    // One SSRC whatever is played, numbers without a hole, timestamps that never fall.
    private void AssertContinuous(PortRecord record)
    {
        output.WriteLine($"{record}");
        Assert.True(record.Ssrcs.Count == 1 && record.Packets.Count > 300, $"{record}");
        for (var i = 1; i < record.Packets.Count; i++)
        {
            Assert.Equal((ushort)(record.Packets[i - 1].Sequence + 1), record.Packets[i].Sequence);
            Assert.InRange((int)(record.Packets[i].Timestamp - record.Packets[i - 1].Timestamp), 0, int.MaxValue);
        }
    }

    private static string Hash(UdpClient socket)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        while (socket.Available > 0)
        {
            IPEndPoint? from = null;
            hash.AppendData(socket.Receive(ref from));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static async Task<int> AlarmsAsync(AssetRig rig, string channel) => (await rig.Sluice.GetAsync("/api/status"))["alarms"]!.AsArray()
        .Count(alarm => (string?)alarm!["code"] == "source-silent" && (string?)alarm["channel"] == channel);

    private static async Task<long> TurnAsync(AssetRig rig) => (long?)(await SessionAsync(rig, Loop, "loop"))?["turn"] ?? 0;

    private static async Task<JsonNode?> SessionAsync(AssetRig rig, string channel, string key) =>
        (await rig.Sluice.GetAsync($"/api/channels/{channel}"))["sources"]![0]!["session"]![key];
}
