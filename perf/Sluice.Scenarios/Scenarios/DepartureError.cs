using Sluice.Linux;
using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// How exactly packets leave.
/// <code>
///   source.c ── RTP, 2.5 Mbit/s ──► EngineCore ──► sendmmsg ──► 1,000 ports ──► sink.c
///                                       │              └ stamp when the call returns: left
///                                       └ arrival of the train + quantum + delay, on the wheel's tick: due
///   control, in turn: the same thread, core and ticks, which only sleeps and wakes
/// </code>
/// </summary>
internal sealed class DepartureError : Scenario
{
    private const int Clients = 1_000;
    private const long TickNs = 1L << 19;

    public override string Name => "departure-error";
    public override string Summary => "P9: left − due tick in ms, 1,000 clients, beside a control run that only sleeps and wakes";

    public override void Run(RunOptions options, Findings findings)
    {
        var seconds = options.Seconds(1, 3);
        var plan = new RigPlan(Clients, new StreamShape(2.5e6));
        using var sink = new Sink(options, Clients, 'd');
        var (engine, control, loss) = (new List<List<double>>(), new List<List<double>>(), 0L);
        for (var round = 0; round <= options.Rounds; round++)
        {
            var errors = Engine(options, sink, plan, seconds, out var lost);
            var idle = Control(options, seconds);
            if (round == 0)
                continue;
            engine.Add(errors);
            control.Add(idle);
            loss += lost;
        }
        Report(findings, "p50", 0.5, engine, control, loss, null);
        Report(findings, "p99", 0.99, engine, control, loss, (0.5, 0.2));
        Report(findings, "p99.9", 0.999, engine, control, loss, (1.5, 0.5));
        findings.Series.Add(Cdf("engine", engine));
        findings.Series.Add(Cdf("control", control));
    }

    private static void Report(
        Findings findings, string name, double fraction, List<List<double>> engine, List<List<double>> control, long loss,
        (double Target, double Stretch)? goal)
    {
        double[] mine = [.. engine.Select(round => Median.At(round, fraction) / 1e6)];
        double[] idle = [.. control.Select(round => Median.At(round, fraction) / 1e6)];
        findings.Add($"engine, {name}", "ms", mine, Goal.Lower, loss);
        findings.Add($"control, {name}", "ms", idle, Goal.Lower);
        if (goal is { } limit)
            findings.Add(
                $"P9 engine − control, {name}", "ms", [.. mine.Zip(idle, (a, b) => a - b)], Goal.AtMost(limit.Target, limit.Stretch), loss,
                "left is stamped after sendmmsg of up to 64 trains returned: an upper bound");
    }

    private static List<double> Engine(RunOptions options, Sink sink, RigPlan plan, double seconds, out long loss)
    {
        sink.Reset();
        var watch = new Watch(plan);
        var sources = 0;        // LiveEngine wraps the source's socket first
        using var engine = new LiveEngine<WatchingSocket>(
            plan, options.EngineCore, socket => new WatchingSocket(socket, watch, isSource: sources++ == 0));
        var source = new Source(options, plan.Flow);
        sink.AwaitFlow(plan.PacketsPerSecond);
        watch.IsOn = true;
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        watch.IsOn = false;
        source.Dispose();
        var received = sink.Settle().Packets;
        loss = engine.Rig.Sent.Packets - received + engine.Rig.Faults;
        return watch.ErrorNs;
    }

    private static List<double> Control(RunOptions options, double seconds)
    {
        var errors = new List<double>((int)(seconds * 1e9 / TickNs) + 1);
        Pinned.Run(options.EngineCore, () =>
        {
            ThreadControl.SetTimerSlackNs(1);
            var due = SystemClock.Now.Ns / TickNs * TickNs;
            while (errors.Count < errors.Capacity)
            {
                due = Math.Max(due + TickNs, SystemClock.Now.Ns / TickNs * TickNs);
                ThreadControl.SleepUntil(new MonotonicTime(due));
                errors.Add(SystemClock.Now.Ns - due);
            }
        });
        return errors;
    }

    private static Series Cdf(string name, List<List<double>> rounds)
    {
        var sorted = rounds.SelectMany(round => round).Order().ToArray();
        double[] fractions = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999];
        return new Series($"{name}: left − due", "ms", [.. fractions.Select(f => new[] { sorted[(int)(f * (sorted.Length - 1))] / 1e6, f })]);
    }
}
