using Sluice.Flow;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Live;

/// <summary>A channel as of so long ago, from its store: one for all outputs of that offset.</summary>
/// <param name="Channel">Of which channel.</param>
/// <param name="OffsetNs">How long after now.</param>
/// <param name="Ticket">Its replay.</param>
internal sealed record OffsetFeed(LiveChannel Channel, long OffsetNs, ReplayTicket Ticket)
{
    /// <summary>Outputs that have it.</summary>
    public int Users { get; set; }
}

/// <summary>One output's share in an offset feed; given back once, however often it is asked to.</summary>
internal sealed class OffsetShare(OffsetFeed feed, Action<OffsetFeed> release)
{
    private int _isReleased;

    public OffsetFeed Feed => feed;

    public void Release()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
            release(feed);
    }
}

/// <summary>The replays that outputs at an offset share. Any control thread; takes a lock.</summary>
internal sealed class LiveReplays(LiveEngine engine)
{
    /// <summary>What is due so soon could only come late: a new feed begins with what comes after it.</summary>
    private const long BeginNs = 100_000_000;

    private readonly Lock _lock = new();
    private readonly List<OffsetFeed> _offsets = [];

    /// <summary>The offset feeds that are open, for the status.</summary>
    public IReadOnlyList<OffsetFeed> Offsets
    {
        get
        {
            lock (_lock)
                return [.. _offsets];
        }
    }

    /// <summary>The channel at an offset, one user more; null with the reason when it cannot be had.</summary>
    public OffsetShare? TryShare(LiveChannel channel, long offsetNs, out string reason)
    {
        lock (_lock)
        {
            reason = "";
            var feed = _offsets.Find(one => one.Channel == channel && one.OffsetNs == offsetNs) ?? Open(channel, offsetNs, out reason);
            if (feed is null)
                return null;
            feed.Users++;
            return new OffsetShare(feed, Release);
        }
    }

    // One user less; the last one closes it.
    private void Release(OffsetFeed feed)
    {
        lock (_lock)
        {
            if (--feed.Users > 0)
                return;
            _offsets.Remove(feed);
            engine.Core.Replays.Close(feed.Ticket);
        }
    }

    private OffsetFeed? Open(LiveChannel channel, long offsetNs, out string reason)
    {
        if (engine.Store?.Of(channel) is not { } store)
        {
            reason = $"nothing of channel {channel.Name} is kept: an offset needs a store";
            return null;
        }
        var wallNs = SystemClock.Now.Ns + engine.Clock.WallMinusMonotonicNs - offsetNs + BeginNs;
        var source = new StoreReplaySource(store, StoreReplaySource.CursorAt(store, wallNs, atAccessPoint: false), engine.Clock.WallMinusMonotonicNs);
        var grid = engine.Core.GridOf(channel.Feed);
        var plan = new ReplayPlan { ClockRate = channel.Media.ClockRate, ShiftNs = offsetNs, Grid = grid with { LineNs = grid.LineNs + offsetNs } };
        reason = $"all of the {engine.Core.Replays.Capacity} replays are open: raise limits.replays";
        if (!engine.Core.Replays.TryOpen(source, plan, out var ticket))
        {
            source.Dispose();
            return null;
        }
        var feed = new OffsetFeed(channel, offsetNs, ticket);
        _offsets.Add(feed);
        return feed;
    }
}
