using Sluice.Flow;

namespace Sluice.Sim;

// The two phases of a run: safety under faults, then liveness without them; then the end, where nothing may be left.
public sealed partial class World
{
    private const int PassesPerSecondMax = 60_000;

    /// <summary>Runs the whole plan. Throws <see cref="BrokenPromiseException"/> when a promise is broken.</summary>
    public void Run()
    {
        RunUntil(_plan.ConvergedNs);
        _players.HasFaults = false;
        var received = (long[])_players.Received.Clone();
        var missing = (long[])_players.Missing.Clone();
        RunUntil(_plan.StopNs);
        CheckLiveness(received, missing);
        RunUntil(_plan.StopNs + _plan.Players.Max(player => player.DelayNs) + 2 * WorldPlan.NsPerSecond);
        CheckLosses();
        LeaveAll();
        RunUntil(_net.NowNs + 3 * WorldPlan.NsPerSecond + HistoryNs);
        CheckEnd();
    }

    // What is kept for starting players grows old first; idle loops look once a second, and three times for one step.
    private long HistoryNs => _plan.Feeds.Max(feed => feed.Start is { } start ? start.WindowNs + 6 * WorldPlan.NsPerSecond : 0);

    private void CheckLiveness(long[] received, long[] missing)
    {
        var seconds = (_plan.StopNs - _plan.ConvergedNs) / 1e9;
        for (var player = 0; player < _players.Count; player++)
        {
            if (_players.State[player] is PlayerState.Away or PlayerState.Stopped)
                continue;
            var sources = _plan.Sources.Where(source => source.Feed == _players.Feed[player]);
            var expected = sources.Min(source => _plan.Streams[source.Index].PacketsPerSecond) * seconds;
            if (_players.Received[player] - received[player] < 0.95 * expected - 4)
                throw _context.Broken(player, $"after the faults {_players.Received[player] - received[player]} packets came where {expected:F0} were sent");
            if (_players.Missing[player] != missing[player])
                throw _context.Broken(player, $"{_players.Missing[player] - missing[player]} packets missing after the faults");
        }
    }

    // Whatever reached the engine and not a player must stand in some counter.
    private void CheckLosses()
    {
        for (var player = 0; player < _players.Count; player++)
        {
            if (_players.Spec[player]?.Progress is not { } progress)
                continue;
            var own = (progress.LateDropped + progress.Overrun + progress.SendErrors) * _plan.Limits.TrainPacketsMax;
            var counted = own + RefusedOfFeed(_players.Feed[player]);
            if (_players.Missing[player] > counted)
                throw _context.Broken(player, $"{_players.Missing[player]} packets missing, {counted} accounted for");
        }
    }

    private long RefusedOfFeed(int feed)
    {
        var refused = _core.FeedCounters(feed).WindowFull + _core.FeedCounters(feed).Standby;
        foreach (var source in _plan.Sources.Where(source => source.Feed == feed))
            refused += Refused(_core.SourceCounters(source.Index));
        return refused;
    }

    private static long Refused(SourceCounters counters) =>
        counters.Probation + counters.Jumps + counters.Late + counters.SlabFull + counters.HandOverFull + counters.ForeignSender;

    private void CheckEnd()
    {
        var slots = _plan.Limits.PacketsInFlightMax + _plan.Feeds.Sum(feed => feed.Start?.PacketsMax ?? 0) - _plan.Limits.ReceiveBatchMax;
        if (_core.Ingest.FreeSlotCount != slots)
            throw new BrokenPromiseException($"{slots - _core.Ingest.FreeSlotCount} slots of {slots} never came back");
        if (_core.Desk.Count != 0)
            throw new BrokenPromiseException($"{_core.Desk.Count} clients left at the desk");
        for (var row = 0; row < _core.Desk.Capacity; row++)
            if (!_core.Desk.TryReserve(out _))
                throw new BrokenPromiseException($"row {row} of {_core.Desk.Capacity} never came back");
        if (Passes > PassesPerSecondMax * (_net.NowNs - _plan.StartNs) / WorldPlan.NsPerSecond)
            throw new BrokenPromiseException($"{Passes} passes: a loop spins");
        CheckByes();
    }

    private void CheckByes()
    {
        for (var player = 0; player < _players.Count; player++)
            if (!_players.IsRaw[player] && _players.Received[player] > 0 && _players.Reports[player] > 0 && !_players.SaidBye[player])
                throw _context.Broken(player, "left without a BYE");
    }
}
