using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// Whether keeping a channel disturbs its departures.
/// <code>
///   source.c ── RTP, 5 Mbit/s ──► sluice run (both cores, packets on their own, paced by the RTP clock) ──► 100 ports ──► sink.c
///                                     └─► store: written within 20 ms, synced every second ── or none, in turn
/// </code>
/// A packet's error is how much later it came than the earliest of its client (see <see cref="AmidTicks"/>).
/// </summary>
internal sealed class StoreOnOff : Scenario
{
    private const int Clients = 100;
    private const int WarmMs = 1_000;           // the store makes its files

    public override string Name => "store-on-off";
    public override string Summary => "P16: departure error with the store on, beside a run without";

    public override void Run(RunOptions options, Findings findings)
    {
        if (Processes.Find(options.SluicePath) is null)
        {
            Console.WriteLine($"  left out: needs {options.SluicePath} (--sluice FILE)");
            return;
        }
        using var disk = new BenchDisk();
        using var sink = new Sink(options, Clients, 'l');
        var (off, on, loss) = (new List<long[]>(), new List<long[]>(), 0L);
        for (var round = 0; round <= options.Rounds; round++)
        {
            var without = Measure(options, sink, null, ref loss);
            var with = Measure(options, sink, disk.Path, ref loss);
            if (round == 0)
                continue;
            off.Add(without);
            on.Add(with);
        }
        Report(findings, "p50", 0, off, on, loss, null);
        Report(findings, "p99", 1, off, on, loss, null);
        Report(findings, "p99.9", 2, off, on, loss, Goal.AtMost(1.1, 1.02));
    }

    private static void Report(Findings findings, string name, int at, List<long[]> off, List<long[]> on, long loss, Goal? goal)
    {
        findings.Add($"store off, {name}", "ms", [.. off.Select(round => round[at] / 1e6)], Goal.Lower, loss);
        findings.Add($"store on, {name}", "ms", [.. on.Select(round => round[at] / 1e6)], Goal.Lower, loss);
        if (goal is { } limit)
            findings.Add($"P16 on / off, {name}", "x", [.. on.Zip(off, (one, other) => (double)one[at] / other[at])], limit, loss);
    }

    private static long[] Measure(RunOptions options, Sink sink, string? storePath, ref long loss)
    {
        var settings = AmidTicks.Settings(Clients) with { StorePath = storePath };
        using var server = Server.Sluice(options with { ServerIsFree = true }, settings);
        using var source = AmidTicks.Source(options);
        sink.AwaitFlow(Clients * AmidTicks.PacketsPerSecond);
        Thread.Sleep(WarmMs);
        sink.Reset();
        Thread.Sleep(TimeSpan.FromSeconds(options.Seconds(6, 12)));
        var errors = sink.Errors();
        loss += sink.Get().Drops;
        return errors;
    }
}
