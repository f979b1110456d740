using Sluice.Flow;
using Sluice.Linux;
using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// What the engine costs above the kernel.
/// <code>
///   source.c ── RTP ──► EngineCore, shared layout, one thread ─┐                            ┌─► port 10000 ─┐
///                                    in turn                    ├─ same trains, same ticks ─┼─► port 10002 ─┼─► sink.c, drains
///            TickLoop.cs: a table, a sleep, sendmmsg ───────────┘   same destinations       └─► …  (N)     ─┘
///    core B                          core A                                                                      core B
/// </code>
/// </summary>
internal sealed class EngineVsBare : Scenario
{
    public override string Name => "engine-vs-bare";
    public override string Summary => "P1, P4: the whole engine and a bare loop that sends the same, process CPU ns a delivered packet";

    public override void Run(RunOptions options, Findings findings)
    {
        Compare(options, findings, new RigPlan(100, new StreamShape(5e6)), "N 100, 5 Mbit/s");
        Compare(options, findings, new RigPlan(1_000, new StreamShape(2.5e6)), "N 1,000, 2.5 Mbit/s");
        if (!options.Full)
            return;
        Compare(options, findings, new RigPlan(100, new StreamShape(20e6)), "N 100, 20 Mbit/s");
        CompareSizes(options, findings);
    }

    private static void Compare(RunOptions options, Findings findings, RigPlan plan, string what)
    {
        using var sink = new Sink(options, plan.Clients, 'd');
        var (trains, bare) = (0.0, 0.0);
        var results = Alternate.Run(options.Rounds, () => Engine(options, sink, plan, ref trains), () => Bare(options, sink, plan, ref bare));
        findings.Add(
            $"engine, {what}", "ns", results[0].Values, Goal.Lower, results[0].Loss,
            $"trains of {trains:F2} (the bare loop's: {bare:F2}), {plan.PacketsPerSecond:N0} packets/s");
        findings.Add($"bare loop, {what}", "ns", results[1].Values, Goal.Lower, results[1].Loss);
        findings.Add($"P1 engine / bare, {what}", "x", results[0].Over(results[1]), Goal.AtMost(1.10, 1.05), results[0].Loss + results[1].Loss);
    }

    // The same packets a second and the same trains of four, shared out over a hundred times as many clients.
    private static void CompareSizes(RunOptions options, Findings findings)
    {
        var limits = new EngineLimits { TrainPacketsMax = 4 };
        var few = new RigPlan(100, new StreamShape(10e6)) { Limits = limits };
        var many = new RigPlan(10_000, new StreamShape(0.1e6)) { Limits = limits, QuantumNs = (long)(3.5 * new StreamShape(0.1e6).SpacingNs) };
        using var sink = new Sink(options, many.Clients, 'd');
        var trains = 0.0;
        var results = Alternate.Run(
            options.Rounds, () => Engine(options, sink, few, ref trains), () => Engine(options, sink, many, ref trains));
        findings.Add("engine, N 100, 10 Mbit/s, trains of 4", "ns", results[0].Values, Goal.Lower, results[0].Loss);
        findings.Add("engine, N 10,000, 0.1 Mbit/s, trains of 4", "ns", results[1].Values, Goal.Lower, results[1].Loss);
        findings.Add(
            "P4 10,000 clients / 100, real sockets", "x", results[1].Over(results[0]), Goal.AtMost(1.15, 1.05), results[0].Loss + results[1].Loss,
            "the kernel walks 10,000 sockets too: see the null sink for the engine alone");
    }

    private static Sample Engine(RunOptions options, Sink sink, RigPlan plan, ref double trains)
    {
        sink.Reset();
        var source = new Source(options, plan.Flow);
        using var engine = new LiveEngine<DatagramSocket>(plan, options.EngineCore, socket => socket);
        var counters = engine.Rig.Sent;
        sink.AwaitFlow(plan.PacketsPerSecond);
        var nsPerPacket = ProcessCpu.PerPacket(() => Volatile.Read(ref counters.Packets), options.Seconds(1, 4));
        trains = (double)counters.Packets / counters.Messages;
        source.Dispose();
        var received = sink.Settle().Packets;
        return new Sample(nsPerPacket, counters.Packets - received + engine.Rig.Faults);
    }

    private static Sample Bare(RunOptions options, Sink sink, RigPlan plan, ref double trains)
    {
        sink.Reset();
        var loop = new TickLoop(options.EngineCore, plan.Clients, plan.Flow, plan.QuantumNs, plan.Limits.TrainPacketsMax, plan.Delays);
        // The engine's host has a source beside it, so the bare loop has one too: the same noise on the other core.
        using (new Source(options, plan.Flow))
        {
            sink.AwaitFlow(plan.PacketsPerSecond);
            var nsPerPacket = ProcessCpu.PerPacket(() => loop.Packets, options.Seconds(1, 4));
            trains = loop.Train;
            loop.Dispose();
            return new Sample(nsPerPacket, loop.Packets - sink.Settle().Packets + loop.Errors);
        }
    }
}
