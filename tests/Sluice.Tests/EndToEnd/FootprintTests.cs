using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// How big the published binary is, on the disk and in memory, and how soon it works: printed, and held to bounds that only a mistake breaks.
/// </summary>
[Collection(QuietMachine.Name)]
public class FootprintTests(ITestOutputHelper output)
{
    private const int Clients = 1000;
    private const double PacketsPerSecond = 475, BinaryMbMax = 20, ResidentMbMax = 256;

    /// <summary>Nothing on the packet path allocates; the status page and this test's own questions may cost a few.</summary>
    private const int CollectionsMax = 20;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public void TheBinaryIsSmall()
    {
        var mb = new FileInfo(SluiceProcess.BinaryPath).Length / 1e6;
        Say($"binary: {mb:0.0} MB");
        Assert.InRange(mb, 1, BinaryMbMax);
    }

    /// <summary>
    /// From the start of the process, while the source already sends and delays are off: what is left is the engine's own start,
    /// the reorder window (50 ms) and one train (at most 16.8 ms).
    /// </summary>
    [Fact]
    public async Task StartsAndServes()
    {
        var port = FreePorts.Pair();
        using var receiver = new RtpReceiver([port]);
        var rig = new EngineRig();
        using var sender = new StampedSender(rig.Source, new SendPlan(PacketsPerSecond));
        var startNs = Stamp.NowNs();
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = [$"rtp://127.0.0.1:{port}"], DelayMode = "off" }, rig);
        var healthyNs = Stamp.NowNs();
        await Eventually.TrueAsync("packets at the output", s_bound, () => receiver.Records[0].Count > 100);
        var firstNs = receiver.Stop()[0].Packets[0].ArrivalNs;
        Say($"start to first packet out: {(firstNs - startNs) / 1e6:0} ms; to /health 200: {(healthyNs - startNs) / 1e6:0} ms (asked every 10 ms)");
        Assert.True(firstNs > startNs);
    }

    /// <summary>Else its threads' nice values would count among themselves only (sched(7), autogroup).</summary>
    [Fact]
    public async Task ItsSessionWeighsWhatItsThreadsDo()
    {
        await using var engine = await EngineRig.StartAsync(new EnginePlan());
        var wanted = Environment.IsPrivilegedProcess ? "nice -10" : "nice 0";
        var autogroup = $"/proc/{engine.Sluice.Child.Pid}/autogroup";
        if (File.Exists(autogroup))     // not on every kernel
            Assert.EndsWith(wanted, (await File.ReadAllTextAsync(autogroup)).Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AThousandClientsFitInLittleMemory()
    {
        var ports = FreePorts.Pairs(Clients);
        using var receiver = new MassReceiver(ports, packetsMax: 1 << 16);
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = [.. ports.Select(p => $"rtp://127.0.0.1:{p}")] });
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond));
        await Eventually.TrueAsync("a second of packets at every client", s_bound, () => receiver.Ports.All(p => p.HighestIndex > PacketsPerSecond));
        var before = await CollectionsAsync(engine);
        await Eventually.TrueAsync("two more", s_bound, () => receiver.Ports.All(p => p.HighestIndex > 3 * PacketsPerSecond));
        var playing = (await engine.Sluice.GetAsync("/api/channels"))["channels"]!.AsArray().Sum((JsonNode? c) => c!["clientCount"]!.GetValue<int>());
        var collections = await CollectionsAsync(engine) - before;
        var (rss, peak) = (StatusMb(engine, "VmRSS"), StatusMb(engine, "VmHWM"));
        Say($"{playing} clients at 5 Mbit/s: RSS {rss:0.0} MB, at most {peak:0.0} MB; {collections} collections in the two seconds between, {before} before");
        Assert.Equal(Clients, playing);
        Assert.InRange(peak, 1, ResidentMbMax);
        Assert.InRange(collections, 0, CollectionsMax);
    }

    private static async Task<int> CollectionsAsync(EngineRig engine) => (int)await engine.Sluice.MetricAsync("dotnet_collections_total");

    // proc_pid_status(5): "VmRSS:     12345 kB".
    private static double StatusMb(EngineRig engine, string field) => double.Parse(
        File.ReadLines($"/proc/{engine.Sluice.Child.Pid}/status").First(l => l.StartsWith(field, StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;

    private void Say(FormattableString line)
    {
        output.WriteLine(FormattableString.Invariant(line));
        Console.WriteLine(FormattableString.Invariant(line));
    }
}
