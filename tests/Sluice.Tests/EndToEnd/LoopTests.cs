using System.Globalization;
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

/// <summary>
/// Outputs of the published binary that repeat what is kept: a clip that was imported, and the last seconds of channels while they run, of MPEG-TS and of
/// H.264 straight in RTP.
/// </summary>
[Collection(QuietMachine.Name)]
public sealed class LoopTests(ITestOutputHelper output)
{
    private const string Clip = "clip";
    private const int Turns = 20, TurnSeconds = 1;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(40);

    [Fact]
    public Task TwentyTurnsPlayAsOneStreamAndTheLastSecondsOfALiveChannelRepeat() => SteadyMachine.RunAsync(RepeatAsync);

    private async Task RepeatAsync(StallWatch stalls)
    {
        var (store, ports) = (await KeptClipAsync(), FreePorts.Pairs(6));
        var (live, lastSeconds, whole, ffmpeg, vlc, camera) = (ports[0], ports[1], ports[2], ports[3], ports[4], ports[5]);
        var cameraSource = FreePorts.Pair();
        using var receiver = new RtpReceiver([live, lastSeconds, whole, camera]);
        await using var engine = await EngineRig.StartAsync(new EnginePlan
        {
            StorePath = store,
            SourceScheme = "udp",
            Change = root =>
            {
                root["channels"]![Clip] = new JsonObject { ["sources"] = new JsonArray($"udp://@:{FreePorts.One()}") };
                root["channels"]!["camera"] = new JsonObject
                {
                    ["sources"] = new JsonArray($"rtp://@:{cameraSource}"),
                    ["media"] = new JsonObject { ["rtpmap"] = "H264/90000" },
                    ["outputs"] = new JsonArray(Loop(camera, "now-5s", "now", 3)),
                };
                root["channels"]![EngineRig.Channel]!["outputs"] = new JsonArray($"rtp://127.0.0.1:{live}", Loop(lastSeconds, "now-5s", "now", 3));
            },
        });
        stalls.Watch(engine.Sluice.Child.Pid);
        await Eventually.TrueAsync("the alarm of the loop that waits", s_bound, () => HasAlarmAsync(engine));
        await using var pusher = await Pusher.UdpTsAsync("127.0.0.1", engine.SourcePort);
        await using var cameraPusher = await Pusher.RtpH264Async("127.0.0.1", cameraSource);
        using var check = new RawCheck();
        Task<PlayReport>[] players =
            [FfmpegPlayer.RtpAsync("127.0.0.1", ffmpeg, Turns * TurnSeconds - 2), VlcPlayer.RtpAsync(null, vlc, Turns * TurnSeconds - 4)];
        await Task.Delay(TimeSpan.FromSeconds(2));      // a player that is not there yet would miss the beginning
        foreach (var to in new[] { $"rtp://127.0.0.1:{whole}", $"rtp://127.0.0.1:{ffmpeg}", $"rtp://127.0.0.1:{vlc}", $"udp://127.0.0.1:{check.Port}" })
            await AddAsync(engine, to);

        await Eventually.TrueAsync("the loops of the last seconds begin", s_bound, () => receiver.Records[1].Count > 0 && receiver.Records[3].Count > 0);
        await Eventually.TrueAsync("no alarm any more", s_bound, async () => !await HasAlarmAsync(engine));
        await Eventually.TrueAsync("its third turn, in the status", s_bound, async () => (await engine.ClientsAsync()).Any(HasTurn(3)));
        await Eventually.TrueAsync("its end, and the camera's", s_bound, () => receiver.Records[1].ByeSeen && receiver.Records[3].ByeSeen);
        var reports = await Task.WhenAll(players);
        await Eventually.TrueAsync("the end of twenty turns", s_bound, () => receiver.Records[2].ByeSeen);
        receiver.Stop();
        foreach (var channel in new[] { Clip, EngineRig.Channel, "camera" })
            output.WriteLine($"{channel}: {(await engine.Sluice.GetAsync($"/api/channels/{channel}"))["sent"]!.ToJsonString()}");

        foreach (var record in receiver.Records)
            output.WriteLine($"{record}: {Departures(record)}");
        Assert.False(receiver.WasTheLimit, "The receiver itself dropped packets; this run proves nothing.");
        Assert.All(receiver.Records, AssertContinuous);
        Assert.InRange(SecondsOf(receiver.Records[2]), Turns * TurnSeconds - 0.2, Turns * (TurnSeconds + 0.05));
        output.WriteLine($"{check.Stream}; {string.Join("; ", reports.AsEnumerable())}");
        Assert.Equal((0, 0, 0), (check.Stream.BadPackets, check.Stream.ContinuityErrors, check.Stream.Left));
        Assert.All(reports, report => Assert.Null(report.Fault(framesMin: (Turns * TurnSeconds - 8) * TestClip.FramesPerSecond)));
        Assert.True((await engine.Sluice.GetAsync($"/api/channels/{Clip}/clients"))["clients"]!.AsArray().Count == 0, "somebody repeats on");
    }

    [Fact]
    public Task AStoredObjectRepeatsWholeAndItsDeletionIsAnEnd() => SteadyMachine.RunAsync(RepeatAnObjectAsync);

    private async Task RepeatAnObjectAsync(StallWatch stalls)
    {
        var clip = await File.ReadAllBytesAsync(await TestClip.CutAsync("-t", "2", "-c", "copy"));
        var ports = FreePorts.Pairs(2);
        using var receiver = new RtpReceiver(ports);
        using var check = new RawCheck();
        await using var rig = await AssetRig.StartAsync();
        stalls.Watch(rig.Sluice.Child.Pid);
        using var put = await rig.SendAsync(HttpMethod.Put, Clip, clip);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        await rig.WholeAsync(Clip);
        foreach (var (to, times) in new[] { ($"rtp://127.0.0.1:{ports[0]}", 4), ($"rtp://127.0.0.1:{ports[1]}", 1_000), ($"udp://127.0.0.1:{check.Port}", 4) })
        {
            var body = new JsonObject { ["to"] = to, ["loop"] = new JsonObject { ["times"] = times } };
            using var answer = await rig.Sluice.PostAsync($"/api/channels/assets%2F{Clip}/clients", body);
            Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        }
        await Eventually.TrueAsync("the end of four turns", s_bound, () => receiver.Records[0].ByeSeen);
        using var deleted = await rig.SendAsync(HttpMethod.Delete, Clip);
        Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync());
        await Eventually.TrueAsync("the end of the other", s_bound, () => receiver.Records[1].ByeSeen);
        receiver.Stop();
        output.WriteLine($"{check.Stream}; {string.Join("; ", receiver.Records.Select(Departures))}");
        Assert.False(receiver.WasTheLimit, "The receiver itself dropped packets; this run proves nothing.");
        Assert.All(receiver.Records, AssertContinuous);
        Assert.InRange(SecondsOf(receiver.Records[0]), 4 * 2 - 0.2, 4 * 2.1);
        Assert.Equal((0, 0, 0), (check.Stream.BadPackets, check.Stream.ContinuityErrors, check.Stream.Left));
    }

    private static async Task<string> KeptClipAsync()
    {
        var (store, clip) = (TestFolder.Create("loops"), await TestClip.CutAsync("-t", "6", "-c", "copy", "-muxrate", $"{TestClip.BitsPerSecond}"));
        var (code, log) = await SluiceProcess.RunToEndAsync("store", "import", "--store", store, "--channel", Clip, clip);
        Assert.True(code == 0, log);
        return store;
    }

    private static JsonObject Loop(int port, string from, string to, int times) => new()
    {
        ["to"] = $"rtp://127.0.0.1:{port}", ["loop"] = new JsonObject { ["from"] = from, ["to"] = to, ["times"] = times },
    };

    // A second out of the middle: begins and ends within a group of pictures.
    private static async Task AddAsync(EngineRig engine, string to)
    {
        var kept = (await engine.Sluice.GetAsync("/api/status"))["store"]!["channels"]!.AsArray().Single(one => one!["channel"]!.GetValue<string>() == Clip)!;
        var oldest = kept["oldest"]!.GetValue<DateTimeOffset>();
        var body = new JsonObject
        {
            ["to"] = to,
            ["loop"] = new JsonObject { ["from"] = Time(oldest, 1.5), ["to"] = Time(oldest, 1.5 + TurnSeconds), ["times"] = Turns },
        };
        using var answer = await engine.Sluice.PostAsync($"/api/channels/{Clip}/clients", body);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
    }

    private static string Time(DateTimeOffset from, double seconds) =>
        from.AddSeconds(seconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    private static async Task<bool> HasAlarmAsync(EngineRig engine) =>
        (await engine.Sluice.GetAsync("/api/status"))["alarms"]!.AsArray().Any(alarm => alarm!["code"]!.GetValue<string>() == "loop-waiting");

    private static Func<JsonNode, bool> HasTurn(long turn) => client => client["loop"]?["turn"]?.GetValue<long>() == turn;

    // RFC 3550 §5.1: one SSRC, numbers that rise by one, timestamps that never fall.
    private static void AssertContinuous(PortRecord record)
    {
        Assert.True(record.Ssrcs.Count == 1 && record.Packets.Count > 400, $"{record}");
        for (var i = 1; i < record.Packets.Count; i++)
        {
            Assert.Equal((ushort)(record.Packets[i - 1].Sequence + 1), record.Packets[i].Sequence);
            Assert.InRange((int)(record.Packets[i].Timestamp - record.Packets[i - 1].Timestamp), 0, 90_000 / 4);
        }
    }

    private static double SecondsOf(PortRecord record) => (uint)(record.Packets[^1].Timestamp - record.Packets[0].Timestamp) / 90_000.0;

    private static string Departures(PortRecord record)
    {
        var first = record.Packets[0];
        var late = record.Packets
            .Select(packet => (packet.ArrivalNs - first.ArrivalNs) / 1e6 - (uint)(packet.Timestamp - first.Timestamp) / 90.0).Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture,
            $"arrival against timestamp from {late[0] - late[late.Length / 2]:f2} ms to {late[^1] - late[late.Length / 2]:f2} ms of the median");
    }

    /// <summary>Takes raw transport streams at a port of its own until it is disposed.</summary>
    private sealed class RawCheck : IDisposable
    {
        private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
        private readonly Task _task;

        public RawCheck()
        {
            _socket.Client.ReceiveBufferSize = 8 << 20;
            _task = RunAsync();
        }

        public int Port => ((IPEndPoint)_socket.Client.LocalEndPoint!).Port;
        public TsStreamCheck Stream { get; } = new();

        public void Dispose()
        {
            _socket.Dispose();
            _task.Wait(TimeSpan.FromSeconds(5));
        }

        private async Task RunAsync()
        {
            try
            {
                while (true)
                    Stream.Take((await _socket.ReceiveAsync()).Buffer);
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException)
            {
                // The test is over.
            }
        }
    }
}
