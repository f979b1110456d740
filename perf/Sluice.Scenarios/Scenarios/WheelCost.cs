using Sluice.Flow;
using Sluice.Linux;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// The timer wheel alone.
/// <code>
///   10,000 or 1,000,000 ids ──► wheel ──► PopDue, 32 at a time ──┐
///                                 ▲                              │  every id stands in it once, all the time
///                                 └──────────── Schedule ◄───────┘
/// </code>
/// </summary>
internal sealed class WheelCost : Scenario
{
    // Every id comes again after one train of the default quantum at 5 Mbit/s: 20 ticks of 0.52 ms.
    private const int PeriodTicks = 20;

    // As many as the send loop takes at a time.
    private const int Batch = 32;

    public override string Name => "wheel";
    public override string Summary => "P11: timer wheel, schedule + expire, ns a pair";

    public override void Run(RunOptions options, Findings findings)
    {
        Measure(options, findings, 10_000, PeriodTicks, "P11 schedule + expire, 10 k ids", Goal.AtMost(12, 7));
        Measure(options, findings, 1_000_000, 2_000, "P11 schedule + expire, 1 M ids", Goal.AtMost(25, 15));
        Measure(options, findings, 10_000, 1, "schedule + expire, 10 k ids, all in one tick", Goal.Lower);
    }

    private static void Measure(RunOptions options, Findings findings, int ids, int periodTicks, string name, Goal goal)
    {
        var pairs = options.Full ? 40_000_000 : 10_000_000;
        var result = Alternate.Run(options.Rounds, () => new Sample(Run(options.EngineCore, ids, periodTicks, pairs)));
        findings.Add(name, "ns", result[0].Values, goal, null, $"one due in {periodTicks} ticks each, ids spread as a hash would");
    }

    private static double Run(int core, int ids, int periodTicks, int pairs)
    {
        var ns = 0.0;
        Pinned.Run(core, () =>
        {
            var wheel = new TimerWheel(ids, 0);
            for (var id = 0; id < ids; id++)
                wheel.Schedule(id, (long)((ulong)id * 0x9E37_79B9_7F4A_7C15UL >> 40) % periodTicks);
            Turn(wheel, 0, periodTicks, ids);
            var before = ThreadControl.CpuTimeNs;
            var done = Turn(wheel, periodTicks, periodTicks, pairs);
            ns = (double)(ThreadControl.CpuTimeNs - before) / done;
        });
        return ns;
    }

    private static int Turn(TimerWheel wheel, long tick, int periodTicks, int pairs)
    {
        var done = 0;
        Span<int> due = stackalloc int[Batch];
        for (; done < pairs; tick++)
        {
            for (var popped = Batch; popped == Batch; done += popped)
            {
                popped = wheel.PopDue(tick, due);
                foreach (var id in due[..popped])
                    wheel.Schedule(id, tick + periodTicks);
            }
        }
        return done;
    }
}
