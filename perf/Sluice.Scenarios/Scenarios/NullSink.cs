using Sluice.Flow;
using Sluice.Linux;
using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// What the engine does in user space, with nothing of the kernel in it.
/// <code>
///   Script (virtual time) ──► EngineCore, one thread ──► NullSocket: counts and forgets
///        packets as due          100 / 1,000 / 10,000 clients, the same packets a second in all
/// </code>
/// </summary>
internal sealed class NullSink : Scenario
{
    private const int Many = 10_000;
    private const double TotalBitsPerSecond = 5e9;

    public override string Name => "null-sink";
    public override string Summary => "P3, P4, P13, P14: user-space ns an output packet, allocations, memory";

    public override void Run(RunOptions options, Findings findings)
    {
        var seconds = (long)options.Seconds(2, 10);
        var plans = new[] { 100, 1_000, Many }.Select(clients => Plan(clients, 4)).ToArray();
        var results = Alternate.Run(options.Rounds, [.. plans.Select(plan => (Func<Sample>)(() => Measure(options, plan, seconds)))]);
        for (var i = 0; i < plans.Length; i++)
            findings.Add(
                $"{(plans[i].Clients == Many ? "P3 " : "")}null sink, {plans[i].Clients:N0} clients, trains of 4", "ns", results[i].Values,
                plans[i].Clients == Many ? Goal.AtMost(50, 25) : Goal.Lower, results[i].Loss, $"{TotalBitsPerSecond / 1e9} Gbit/s in all");
        findings.Add("P4 10,000 clients / 100, null sink", "x", results[2].Over(results[0]), Goal.AtMost(1.2, 1.1));
        var single = Alternate.Run(options.Rounds, () => Measure(options, Plan(Many, 1), seconds));
        findings.Add("null sink, 10,000 clients, trains of 1", "ns", single[0].Values, Goal.Lower, single[0].Loss);
        Steadiness(options, findings);
        Memory(findings);
    }

    private static RigPlan Plan(int clients, int train)
    {
        var flow = new StreamShape(TotalBitsPerSecond / clients);
        return new RigPlan(clients, flow)
        {
            Limits = new EngineLimits { TrainPacketsMax = train },
            QuantumNs = Math.Max(RigPlan.DefaultQuantumNs, (long)((train - 0.5) * flow.SpacingNs)),
        };
    }

    private static Sample Measure(RunOptions options, RigPlan plan, long seconds)
    {
        var sample = default(Sample);
        Pinned.Run(options.EngineCore, () =>
        {
            using var engine = new VirtualEngine(plan);
            engine.RunFor(1_500_000_000);
            var (packets, cpuNs) = (engine.Rig.Sent.Packets, ThreadControl.CpuTimeNs);
            engine.RunFor(seconds * 1_000_000_000);
            sample = new Sample((double)(ThreadControl.CpuTimeNs - cpuNs) / (engine.Rig.Sent.Packets - packets), engine.Rig.Faults);
        });
        return sample;
    }

    private static void Steadiness(RunOptions options, Findings findings)
    {
        var minutes = options.Full ? 10 : 1;
        using var engine = new VirtualEngine(new RigPlan(1_000, new StreamShape(5e6)));
        engine.RunFor(2_000_000_000);
        var (bytes, collections) = (GC.GetAllocatedBytesForCurrentThread(), GC.CollectionCount(0));
        engine.RunFor(minutes * 60_000_000_000L);
        var (allocated, collected) = (GC.GetAllocatedBytesForCurrentThread() - bytes, GC.CollectionCount(0) - collections);
        var notes = $"{minutes} minutes of virtual time, 1,000 clients of 5 Mbit/s";
        findings.Add("P13 managed bytes allocated in steady state", "bytes", [allocated], Goal.AtMost(0), engine.Rig.Faults, notes);
        findings.Add("P13 collections in steady state", "count", [collected], Goal.AtMost(0), engine.Rig.Faults, notes);
    }

    private static void Memory(Findings findings)
    {
        var numbers = Child.Ask("memory", Many);
        var notes = "default limits, default delays up to 500 ms; the client's row is in columns made at start";
        findings.Add("P14 managed bytes a client", "bytes", [numbers[0] / (double)Many], Goal.AtMost(1_024), null, notes);
        findings.Add(
            "P14 resident, 10,000 clients, one stream", "MB", [numbers[1] / 1e6], Goal.AtMost(128, 64), null,
            "engine and this runner in a fresh process");
    }
}
