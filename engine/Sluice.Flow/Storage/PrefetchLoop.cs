using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Flow;

/// <summary>
/// Reads the next stretch before each replayed place into the page cache, so that the thread that reads the replays does not wait for the disk for
/// one of them while the others are due. Has a thread of its own, because it waits.
/// </summary>
public sealed class PrefetchLoop(StorePrefetch prefetch) : IEngineLoop
{
    /// <summary>Half a stretch (<see cref="StoreLimits.AheadBytes"/>) lasts 200 ms at 20 Mbit/s.</summary>
    private const long LookEveryNs = 50_000_000;

    /// <summary>While nothing is replayed.</summary>
    private const long IdleNs = 1_000_000_000;

    public string Role => "prefetch";
    public LoopGate Gate { get; } = new();
    public bool HasInput => false;
    public MonotonicTime NextDeadline { get; private set; }
    public void AnnounceSleep() => Gate.AnnounceSleep(wantsTrains: false);
    public void OnReadable(int tag) { }

    public int DoWork(MonotonicTime now)
    {
        if (now < NextDeadline)
            return 0;
        NextDeadline = now + (prefetch.IsIdle ? IdleNs : LookEveryNs);
        return prefetch.DoWork() > 0 ? 1 : 0;
    }
}
