using Sluice.Flow;

namespace Sluice.Sim;

/// <summary>Works out from a plan what its checkers may demand.</summary>
public static class Promises
{
    private const long NsPerMs = WorldPlan.NsPerMs;

    public static CheckContext Of(WorldPlan plan, SimNet net, PlayerTable players)
    {
        var idle = IdleStrategy.Of(plan.Profile);
        var wakeNs = (1L << idle.LightShift) + 3 * (idle.SleepMinNs + (idle.Spins ? LoopThread.SpinNs : 0))
            + (plan.Interleaves ? 3 * (LoopThread.WakeMaxNs + 2 * LoopThread.PreemptMaxNs) : 100_000);
        var feeds = Enumerable.Range(0, plan.Feeds.Count).ToArray();
        return new CheckContext(net, players, plan.StartNs)
        {
            Streams = plan.Streams,
            UnevennessNs = feeds.Select(feed => wakeNs + TrainNs(plan, feed) + 2 * JitterNs(plan, feed) + GroupNs(plan, feed)).ToArray(),
            BlockedBoundNs = plan.Limits.BlockedBoundNs,
            LatestNs = feeds.Select(feed => IsArrival(plan, feed) ? TrainNs(plan, feed) + wakeNs : 0).ToArray(),
            ToleranceNs = feeds.Select(feed => wakeNs + (IsArrival(plan, feed) ? 0 : JitterNs(plan, feed))).ToArray(),
            ReportToleranceNs = feeds.Select(feed => 2 * JitterNs(plan, feed) + TrainNs(plan, feed) + GroupNs(plan, feed) + 60 * NsPerMs).ToArray(),
            ReportsAreSteady = feeds.Select(feed => JitterNs(plan, feed) <= 100 * NsPerMs).ToArray(),
        };
    }

    private static bool IsArrival(WorldPlan plan, int feed) => plan.Feeds[feed].Pace == PaceMode.Arrival;

    private static long TrainNs(WorldPlan plan, int feed) => plan.Feeds[feed].LeadNs + plan.Feeds[feed].QuantumNs;

    private static long JitterNs(WorldPlan plan, int feed) =>
        OfFeed(plan, feed).Max(i => plan.Links[i].JitterNs + (plan.Links[i].ReorderRate > 0 ? 20 * NsPerMs : 0));

    private static long GroupNs(WorldPlan plan, int feed) => 2 * WorldPlan.NsPerSecond / OfFeed(plan, feed).Min(i => plan.Streams[i].GroupsPerSecond);

    private static IEnumerable<int> OfFeed(WorldPlan plan, int feed) =>
        Enumerable.Range(0, plan.Sources.Count).Where(i => plan.Sources[i].Feed == feed);
}
