using Sluice.Flow;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Live;

/// <summary>A track of a channel as of so long ago, from its store: one for all outputs of that offset.</summary>
/// <param name="Track">Of which channel's track.</param>
/// <param name="OffsetNs">How long after now.</param>
/// <param name="Ticket">Its replay.</param>
internal sealed record OffsetFeed(LiveTrack Track, long OffsetNs, ReplayTicket Ticket)
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

    /// <summary>A track at an offset, one user more; null with the reason when it cannot be had.</summary>
    public OffsetShare? TryShare(LiveChannel channel, int number, long offsetNs, out string reason)
    {
        lock (_lock)
        {
            reason = "";
            var track = channel.Tracks[number];
            var feed = _offsets.Find(one => one.Track == track && one.OffsetNs == offsetNs) ?? Open(channel, track, offsetNs, out reason);
            if (feed is null)
                return null;
            feed.Users++;
            return new OffsetShare(feed, Release);
        }
    }

    /// <summary>
    /// Makes what goes at an offset follow the live feeds, once a second and when a session says what its tracks carry: in its clock rate, for an output may
    /// have been there before anybody knew it, and in its reports, so that a receiver puts picture and sound of one offset together as it does live ones.
    /// </summary>
    public void Follow(MonotonicTime now)
    {
        lock (_lock)
            foreach (var (track, _, ticket) in _offsets)
            {
                engine.Core.SetClockRate(ticket.Feed, track.Media.ClockRate);
                if (engine.Core.ShiftOf(track.Feed, now) is var shiftNs && shiftNs != engine.Core.ShiftOf(ticket.Feed, now))
                    engine.Core.SetShift(ticket.Feed, shiftNs, now);
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

    private OffsetFeed? Open(LiveChannel channel, LiveTrack track, long offsetNs, out string reason)
    {
        if (engine.Store?.Of(track) is not { } store)
        {
            reason = $"nothing of channel {channel.Name} is kept: an offset needs a store";
            return null;
        }
        var wallNs = SystemClock.Now.Ns + engine.Clock.WallMinusMonotonicNs - offsetNs + BeginNs;
        var source = new StoreReplaySource(store, StoreReplaySource.CursorAt(store, wallNs, atAccessPoint: false), engine.Clock.WallMinusMonotonicNs);
        var grid = engine.Core.GridOf(track.Feed);
        var plan = new ReplayPlan
        {
            ClockRate = track.Media.ClockRate, ShiftNs = offsetNs, Grid = grid with { LineNs = grid.LineNs + offsetNs },
            ReportShiftNs = engine.Core.ShiftOf(track.Feed, SystemClock.Now),
        };
        reason = $"all of the {engine.Core.Replays.Capacity} replays are open: raise limits.replays";
        if (!engine.Core.Replays.TryOpen(source, plan, out var ticket))
        {
            source.Dispose();
            return null;
        }
        var feed = new OffsetFeed(track, offsetNs, ticket);
        _offsets.Add(feed);
        return feed;
    }
}
