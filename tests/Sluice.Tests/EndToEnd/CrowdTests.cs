using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// One published binary under three crowds, one after the other: ten thousand idle sessions, a thousand joins and leaves a second, and
/// those that mean harm (5,000 dribblers, silent connections, peers that never read). Steady receivers watch all the time.
/// </summary>
[Collection(QuietMachine.Name)]
public sealed class CrowdTests(ITestOutputHelper output)
{
    private const int Steady = 8, PacketsPerSecond = 300, Idle = 10_000, Joins = 30_000, JoinsPerSecond = 1000, Workers = 40;
    private const int Dribblers = 5_000, Silent = 500, ZeroWindow = 100, Newcomers = 100;
    private const double JoinBytesMax = 8_000;
    private const string Quiet = "quiet", Tcp = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task CostsTheOthersLittle()
    {
        ThreadPool.SetMinThreads(64, 64);
        var ports = FreePorts.Pairs(Steady);
        using var receiver = new RtpReceiver(ports, packetsExpected: 100 * PacketsPerSecond);
        await using var engine = await EngineRig.StartAsync(new EnginePlan
        {
            Outputs = [.. ports.Select(p => $"rtp://127.0.0.1:{p}")], DelayMode = "off", RtspSessions = 14_000, Change = Enlarge,
        });
        using var stalls = new StallWatch();
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond));
        await Eventually.TrueAsync("the first packets", s_bound, () => receiver.Records.All(r => r.Count > 0));

        var before = ResidentBytes(engine);
        var idle = await TenThousandIdleAsync(engine);
        await JoinAndLeaveAsync(engine);
        await MeanHarmAsync(engine);

        var (most, (pause, _)) = (ResidentBytes(engine), await CollectorAsync(engine));
        foreach (var client in idle) client.Dispose();
        await Eventually.TrueAsync("every session's end", s_bound, async () => await SessionsAsync(engine) == 0);
        Say($"resident before the crowds {before / 1e6:0} MB, with them {most / 1e6:0} MB, after them {ResidentBytes(engine) / 1e6:0} MB");
        Say($"the collector stood the engine still for {1e3 * ((await CollectorAsync(engine)).PauseSeconds - pause):0} ms as they left");
        receiver.Stop();
        var lost = receiver.Records.Select(record => PortScore.Of(record).Lost).ToArray();
        Say($"steady receivers: {receiver.Records.Min(r => r.Count)} packets each, lost {string.Join(' ', lost)}");
        var channel = await engine.Sluice.GetAsync($"/api/channels/{EngineRig.Channel}");
        Say($"the engine dropped {channel["sent"]!["dropped"]} packets, its source lost {channel["sources"]![0]!["lost"]}");
        Say($"this machine stood still for {stalls.Stalled.TotalMilliseconds:0} ms");
        Assert.False(receiver.WasTheLimit);
        Assert.All(lost, count => Assert.InRange(count, 0, (int)(stalls.Stalled.TotalSeconds * PacketsPerSecond)));
    }

    private async Task<QuickRtsp[]> TenThousandIdleAsync(EngineRig engine)
    {
        var url = engine.RtspUrl.Replace(EngineRig.Channel, Quiet, StringComparison.Ordinal);
        (await JoinAsync(engine, url)).Dispose();              // what is made at first use is made
        var before = ResidentBytes(engine);
        var clock = Stopwatch.StartNew();
        var clients = new QuickRtsp[Idle];
        await Parallel.ForAsync(0, Idle, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) => clients[i] = await JoinAsync(engine, url));
        var after = ResidentBytes(engine);
        Assert.True(await SessionsAsync(engine) >= Idle);
        Say($"{Idle} idle sessions in {clock.Elapsed.TotalSeconds:0.0} s: {(after - before) / Idle / 1024.0:0.0} KiB each, {after / 1e6:0} MB in all");
        await NewcomersAsync(engine, $"beside {Idle} idle sessions");
        return clients;
    }

    private async Task JoinAndLeaveAsync(EngineRig engine)
    {
        using var sink = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var port = FreePorts.Pair();
        sink.Bind(new IPEndPoint(IPAddress.Loopback, port));
        var (pause, bytes) = await CollectorAsync(engine);
        var clock = Stopwatch.StartNew();
        var done = 0;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async worker =>
        {
            using var client = await QuickRtsp.ConnectAsync(engine.RtspPort);
            var transport = worker % 2 == 0 ? Tcp : $"Transport: RTP/AVP;unicast;client_port={port}-{port + 1}\r\n";
            for (int number; (number = Interlocked.Increment(ref done)) <= Joins;)
            {
                var early = ((double)number / JoinsPerSecond) - clock.Elapsed.TotalSeconds;
                if (early > 0.002) await Task.Delay(TimeSpan.FromSeconds(early));
                await JoinAndLeaveOnceAsync(client, engine.RtspUrl, transport);
            }
        }));
        Say($"{Joins} joins and leaves in {clock.Elapsed.TotalSeconds:0.0} s: {Joins / clock.Elapsed.TotalSeconds:0} a second");
        var (pauseNow, bytesNow) = await CollectorAsync(engine);
        Say($"the collector stood the engine still for {1e3 * (pauseNow - pause):0} ms of them; {(bytesNow - bytes) / Joins:0} bytes a join");
        Assert.InRange((bytesNow - bytes) / Joins, 0, JoinBytesMax);
    }

    private static async Task JoinAndLeaveOnceAsync(QuickRtsp client, string url, string transport)
    {
        var setup = await client.AskAsync("SETUP", url, transport);
        Assert.Equal(200, setup.Status);
        var session = $"Session: {setup.Session}\r\n";
        Assert.Equal(200, (await client.AskAsync("PLAY", url, session)).Status);
        Assert.Equal(200, (await client.AskAsync("TEARDOWN", url, session)).Status);
    }

    private async Task MeanHarmAsync(EngineRig engine)
    {
        using var stop = new CancellationTokenSource();
        var begun = 0;
        var crowd = Enumerable.Range(0, Dribblers + Silent)
            .Select(i => DribbleAsync(engine, i < Dribblers, () => Interlocked.Increment(ref begun), stop.Token)).ToArray();
        var deaf = new List<QuickRtsp>();
        for (var i = 0; i < ZeroWindow; i++) deaf.Add(await JoinAsync(engine, engine.RtspUrl, receiveBufferBytes: 4096));
        await Eventually.TrueAsync("all of them", s_bound, () => Volatile.Read(ref begun) >= Dribblers + Silent);
        await NewcomersAsync(engine, $"beside {Dribblers} dribblers, {Silent} silent connections and {ZeroWindow} that never read");
        await stop.CancelAsync();
        await Task.WhenAll(crowd);
        foreach (var client in deaf) client.Dispose();
    }

    /// <summary>One byte of a request a second, or none, from a connection that is made anew when the server has had enough of it.</summary>
    private static async Task DribbleAsync(EngineRig engine, bool dribbles, Action begun, CancellationToken stop)
    {
        await Task.Yield();
        for (var first = true; !stop.IsCancellationRequested; first = false)
        {
            try
            {
                using var client = await QuickRtsp.ConnectAsync(engine.RtspPort);
                if (first) begun();
                for (var i = 0; i < 60; i++)
                {
                    if (dribbles) await client.SendAsync("O");
                    await Task.Delay(1000, stop);
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or TimeoutException)
            {
                // Closed by the server, or the test is over.
            }
        }
    }

    /// <summary>Clients that behave, one after the other: from PLAY to the first packet.</summary>
    private async Task NewcomersAsync(EngineRig engine, string beside)
    {
        var times = new List<double>();
        for (var i = 0; i < Newcomers; i++)
        {
            using var client = await QuickRtsp.ConnectAsync(engine.RtspPort);
            var setup = await client.AskAsync("SETUP", engine.RtspUrl, Tcp);
            Assert.Equal(200, setup.Status);
            var clock = Stopwatch.StartNew();
            Assert.Equal(200, (await client.AskAsync("PLAY", engine.RtspUrl, $"Session: {setup.Session}\r\n")).Status);
            await client.FrameAsync();
            times.Add(clock.Elapsed.TotalMilliseconds);
        }
        times.Sort();
        Say($"first packet after PLAY {beside}: median {times[times.Count / 2]:0.0} ms, p99 {times[times.Count - 2]:0.0} ms, at most {times[^1]:0.0} ms");
    }

    private static async Task<QuickRtsp> JoinAsync(EngineRig engine, string url, int? receiveBufferBytes = null)
    {
        var client = await QuickRtsp.ConnectAsync(engine.RtspPort, receiveBufferBytes);
        var setup = await client.AskAsync("SETUP", url, Tcp);
        Assert.Equal(200, setup.Status);
        Assert.Equal(200, (await client.AskAsync("PLAY", url, $"Session: {setup.Session}\r\n")).Status);
        return client;
    }

    private static void Enlarge(JsonObject root)
    {
        root["limits"]!["clients"] = 15_000;
        root["channels"]![Quiet] = new JsonObject { ["sources"] = new JsonArray($"udp://@:{FreePorts.Pair()}") };
    }

    private static async Task<int> SessionsAsync(EngineRig engine) =>
        (await engine.Sluice.GetAsync("/api/channels"))["channels"]!.AsArray().Sum((JsonNode? c) => c!["clientCount"]!.GetValue<int>()) - Steady;

    private static async Task<(double PauseSeconds, double Bytes)> CollectorAsync(EngineRig engine)
    {
        var text = await engine.Sluice.GetTextAsync("/metrics");
        return (Figure(text, "dotnet_collection_pause_seconds_total"), Figure(text, "dotnet_allocated_bytes_total"));
    }

    private static double Figure(string metrics, string name) => double.Parse(
        metrics.Split('\n').Single(line => line.StartsWith($"{name} ", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);

    private static long ResidentBytes(EngineRig engine) => 1024 * long.Parse(
        File.ReadLines($"/proc/{engine.Sluice.Child.Pid}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private void Say(FormattableString line)
    {
        output.WriteLine(FormattableString.Invariant(line));
        Console.WriteLine(FormattableString.Invariant(line));
    }
}
