using Sluice.Flow;
using Sluice.Linux;
using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// How flat the output is.
/// <code>
///   source.c ──► EngineCore (spread, random or no delays; paced by arrival or by the RTP clock) ──► N ports ──► sink.c
///   constant rate, or bursts of 40                                     kernel receive timestamps: packets of each 1 ms
/// </code>
/// </summary>
internal sealed class Bursts : Scenario
{
    // Longer than the default quantum: the unevenness must come from the clients' delays, not from the train.
    private const int BurstPackets = 40;

    public override string Name => "bursts";
    public override string Summary => "P8: packets in a window of 1 ms, p99 / mean";

    public override void Run(RunOptions options, Findings findings)
    {
        var steady = new StreamShape(5e6);
        var bursty = new StreamShape(5e6, BurstPackets);
        Case(options, findings, "P8 constant rate, N 100, spread", new RigPlan(100, steady), Goal.AtMost(1.3, 1.15), curve: true);
        Case(options, findings, "P8 bursts of 40, N 100, spread, by arrival", new RigPlan(100, bursty), Goal.AtMost(2.6, 2.2), curve: true);
        Case(
            options, findings, "P8 bursts of 40, N 100, spread, by the media clock", new RigPlan(100, bursty) { Pace = PaceMode.RtpClock },
            Goal.AtMost(1.4, 1.2), curve: true);
        if (!options.Full)
            return;
        Case(options, findings, "P8 constant rate, N 1,000, spread", new RigPlan(1_000, new StreamShape(2.5e6)), Goal.AtMost(1.3, 1.15));
        Case(options, findings, "bursts of 40, N 100, random, by arrival", Delays(bursty, DelayMode.Random), Goal.Lower);
        Case(options, findings, "bursts of 40, N 100, no delays, by arrival", Delays(bursty, DelayMode.Off), Goal.Lower, curve: true);
        Case(options, findings, "constant rate, N 100, no delays", Delays(steady, DelayMode.Off), Goal.Lower);
        Case(options, findings, "constant rate, N 100, spread, trains of 1", new RigPlan(100, steady) { QuantumNs = 0 }, Goal.Lower);
    }

    private static RigPlan Delays(StreamShape flow, DelayMode mode) => new(100, flow) { Delays = DelayPlan.Default with { Mode = mode } };

    private static void Case(RunOptions options, Findings findings, string name, RigPlan plan, Goal goal, bool curve = false)
    {
        using var sink = new Sink(options, plan.Clients, 's');
        long[] windows = [];
        var result = Alternate.Run(goal.Target is null || !options.Full ? 3 : 5, () => Measure(options, sink, plan, out windows));
        findings.Add(
            name, "x", result[0].Values, goal, result[0].Loss,
            $"trains up to {plan.Train}; largest window of the last round {windows.Max()}, mean {windows.Average():F1}");
        if (curve)
            findings.Series.Add(new Series($"{name}: packets per ms", "packets", [.. windows.Take(500).Select((count, ms) => new double[] { ms, count })]));
    }

    private static Sample Measure(RunOptions options, Sink sink, RigPlan plan, out long[] windows)
    {
        using var engine = new LiveEngine<DatagramSocket>(plan, options.EngineCore, socket => socket);
        var source = new Source(options, plan.Flow);
        sink.AwaitFlow(plan.PacketsPerSecond);
        sink.Reset();
        Thread.Sleep(TimeSpan.FromSeconds(options.Seconds(1, 2)));
        windows = sink.Windows();
        // The first and the last window are cut by the clock of the question.
        windows = windows[1..^1];
        source.Dispose();
        var loss = sink.Settle().Drops + engine.Rig.Faults;
        return new Sample(Median.At([.. windows.Select(count => (double)count)], 0.99) / windows.Average(), loss);
    }
}
