using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// Plays stored objects into the channels that have them for a source. One thread for all, because reading may block: it reads some time before a packet is
/// due, and the packet has its time with it.
/// </summary>
internal sealed class AssetPlayout(IReadOnlyList<AssetPlayer> players) : IEngineLoop, IDisposable
{
    /// <summary>How often each is looked at while it plays.</summary>
    private const long LookNs = 20_000_000;

    private MonotonicTime _next;

    public string Role => "assets";
    public LoopGate Gate { get; } = new();
    public bool HasInput => false;
    public MonotonicTime NextDeadline => _next;
    public void OnReadable(int tag) { }
    public void AnnounceSleep() => Gate.AnnounceSleep(wantsTrains: false);

    public int DoWork(MonotonicTime now)
    {
        var done = 0;
        if (now < _next)
            return done;
        _next = now + LookNs;
        foreach (var player in players)
            done += player.Look(now);
        return done;
    }

    /// <summary>After the thread has ended.</summary>
    public void Dispose()
    {
        foreach (var player in players)
            player.Dispose();
    }
}
