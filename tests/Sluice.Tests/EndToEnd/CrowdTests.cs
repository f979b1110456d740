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
    public Task CostsTheOthersLittle() => SteadyMachine.RunAsync(RunAsync);

    private async Task RunAsync(StallWatch stalls)
    {
        ThreadPool.SetMinThreads(8, 8);      // the crowd is on other machines elsewhere: here its threads must not outvote the engine's on two cores
        var ports = FreePorts.Pairs(Steady);
        using var receiver = new RtpReceiver(ports, packetsExpected: 100 * PacketsPerSecond);
        await using var engine = await EngineRig.StartAsync(new EnginePlan
        {
            Outputs = [.. ports.Select(p => $"rtp://127.0.0.1:{p}")], DelayMode = "off", RtspSessions = 14_000, Change = Enlarge,
        });
        stalls.Watch(engine.Sluice.Child.Pid);
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond));
        await Eventually.TrueAsync("the first packets", s_bound, () => receiver.Records.All(r => r.Count > 0));

        var before = ResidentBytes(engine);
        QuickRtsp[] idle = [];
        Phase[] phases =
        [
            await PhaseAsync(engine, "as 10,000 come", async () => idle = await TenThousandIdleAsync(engine)),
            await PhaseAsync(engine, "during joins and leaves", () => JoinAndLeaveAsync(engine)),
            await PhaseAsync(engine, "beside those that mean harm", () => MeanHarmAsync(engine)),
            await PhaseAsync(engine, "as 10,000 leave", () => LeaveAsync(engine, idle)),
        ];
        Say($"resident before the crowds {before / 1e6:0} MB, after them {ResidentBytes(engine) / 1e6:0} MB");
        receiver.Stop();
        for (var i = 1; i < phases.Length; i++) phases[i] = phases[i] with { From = phases[i - 1].Until };   // none between them
        phases[0] = phases[0] with { From = DateTime.UnixEpoch };
        phases[^1] = phases[^1] with { Until = DateTime.UtcNow };
        Say($"steady receivers: {receiver.Records.Min(r => r.Count)} packets each");
        Assert.False(receiver.WasTheLimit);
        foreach (var phase in phases) Say(phase, receiver, stalls);
        Assert.All(receiver.Records, record => Assert.Equal(PortScore.Of(record).Lost, phases.Sum(phase => Lost(record, phase))));
        // A packet that comes over loopback after others that were sent 50 ms later waited on another core that somebody kept busy.
        Assert.All(phases, phase => Assert.All(receiver.Records, record => Assert.InRange(
            Lost(record, phase), 0, (int)phase.SourceLate + (int)(stalls.Between(phase.From, phase.Until).TotalSeconds * PacketsPerSecond))));
    }

    /// <summary>One of the crowds, when it was there, and what the engine says of that time.</summary>
    private sealed record Phase(
        string Name, DateTime From, DateTime Until, double PauseSeconds, double LongestPauseSeconds, long Dropped, long SourceLost, long SourceLate);

    private static async Task<Phase> PhaseAsync(EngineRig engine, string name, Func<Task> run)
    {
        var (from, before, lost) = (DateTime.UtcNow, await CollectorAsync(engine), await LossAsync(engine));
        await run();
        var (until, after, now) = (DateTime.UtcNow, await CollectorAsync(engine), await LossAsync(engine));
        return new Phase(name, from, until, after.PauseSeconds - before.PauseSeconds, after.LongestPauseSeconds,
            now.Dropped - lost.Dropped, now.SourceLost - lost.SourceLost, now.SourceLate - lost.SourceLate);
    }

    private void Say(Phase phase, RtpReceiver receiver, StallWatch stalls)
    {
        var lost = string.Join(' ', receiver.Records.Select(record => Lost(record, phase)));
        Say($"{phase.Name}: lost {lost}");
        Say($"  the engine dropped {phase.Dropped} packets and missed {phase.SourceLost} of its source, {phase.SourceLate} of them late");
        Say($"  its collector stood it still for {1e3 * phase.PauseSeconds:0} ms, for {1e3 * phase.LongestPauseSeconds:0} ms at once so far");
        Say($"  the machine stood it still for {stalls.Between(phase.From, phase.Until).TotalMilliseconds:0} ms");
    }

    /// <summary>Packets that are missing before one that came in this phase.</summary>
    private static int Lost(PortRecord record, Phase phase)
    {
        var lost = 0;
        for (var i = 1; i < record.Packets.Count; i++)
            if (DateTime.UnixEpoch.AddTicks(record.Packets[i].ArrivalNs / 100) is var at && at >= phase.From && at < phase.Until)
                lost += (short)(record.Packets[i].Sequence - record.Packets[i - 1].Sequence) - 1;
        return lost;
    }

    private static async Task LeaveAsync(EngineRig engine, QuickRtsp[] clients)
    {
        foreach (var client in clients) client.Dispose();
        await Eventually.TrueAsync("every session's end", s_bound, async () => await SessionsAsync(engine) == 0);
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
        var (pause, _, bytes) = await CollectorAsync(engine);
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
        var (pauseNow, _, bytesNow) = await CollectorAsync(engine);
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

    private static async Task<(double PauseSeconds, double LongestPauseSeconds, double Bytes)> CollectorAsync(EngineRig engine)
    {
        var text = await engine.Sluice.GetTextAsync("/metrics");
        return (Figure(text, "dotnet_collection_pause_seconds_total"), Figure(text, "dotnet_collection_longest_pause_seconds"),
            Figure(text, "dotnet_allocated_bytes_total"));
    }

    private static async Task<(long Dropped, long SourceLost, long SourceLate)> LossAsync(EngineRig engine)
    {
        var channel = await engine.Sluice.GetAsync($"/api/channels/{EngineRig.Channel}");
        var source = channel["sources"]![0]!;
        return (channel["sent"]!["dropped"]!.GetValue<long>(), source["lost"]!.GetValue<long>(), source["late"]!.GetValue<long>());
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
