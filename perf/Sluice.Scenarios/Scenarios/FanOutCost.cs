using Sluice.Flow;
using Sluice.Linux;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// One train for every client: what the stamp thread does for each.
/// <code>
///   train ──► FanOut.Depart ──► ring of client 0, 1, 2, … 9,999      8 bytes each
/// </code>
/// </summary>
internal sealed class FanOutCost : Scenario
{
    private const long TrainNs = 8_500_000;

    public override string Name => "fan-out";
    public override string Summary => "P10: departure per ring entry, ns";

    public override void Run(RunOptions options, Findings findings)
    {
        foreach (var clients in (int[])[100, 1_000, 10_000])
        {
            var result = Alternate.Run(options.Rounds, () => new Sample(Measure(options, clients)));
            var goal = clients == 10_000 ? Goal.AtMost(10, 5) : Goal.Lower;
            findings.Add($"{(clients == 10_000 ? "P10 " : "")}departure, {clients:N0} clients", "ns", result[0].Values, goal, null, "rings of 1,024 entries");
        }
    }

    private static double Measure(RunOptions options, int clients)
    {
        var ns = 0.0;
        Pinned.Run(options.EngineCore, () =>
        {
            var fanOut = new FanOut();
            for (var i = 0; i < clients; i++)
                fanOut.Add(new DepartureRing(1_024), DelayPlan.Default.DelayNs(i));
            var trains = (options.Full ? 40_000_000 : 10_000_000) / clients;
            Depart(fanOut, 0, 1_100);
            var before = ThreadControl.CpuTimeNs;
            Depart(fanOut, 1_100, trains);
            ns = (double)(ThreadControl.CpuTimeNs - before) / ((long)trains * clients);
        });
        return ns;
    }

    private static void Depart(FanOut fanOut, int first, int trains)
    {
        for (var train = first; train < first + trains; train++)
            fanOut.Depart((uint)train, train * TrainNs, tickShift: 19);
    }
}
