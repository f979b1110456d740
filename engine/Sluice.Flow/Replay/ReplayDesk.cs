using System.Numerics;

namespace Sluice.Flow;

/// <summary>An open replay, for the control plane.</summary>
/// <param name="Feed">The feed that its clients are seated on.</param>
/// <param name="Number">Which of the replays.</param>
/// <param name="Counters">What it has done.</param>
public sealed record ReplayTicket(int Feed, int Number, ReplayCounters Counters);

/// <summary>
/// The control plane's counter for replays: opens one on a source, and closes it. Whoever opens ends the clients before he closes. Any control
/// thread may call; takes a lock.
/// </summary>
public sealed class ReplayDesk
{
    private readonly Lock _lock = new();
    private readonly ReplayLoop? _loop;
    private readonly ReplayTicket?[] _open;
    private readonly Feed[] _feeds;
    private readonly int _firstFeed;
    private (long Packets, long ReadLate, long NoRoom) _closed;
    private int _last;

    internal ReplayDesk(ReplayLoop? loop, Feed[] feeds, int firstFeed) =>
        (_loop, _feeds, _firstFeed, _open) = (loop, feeds, firstFeed, new ReplayTicket?[feeds.Length - firstFeed]);

    /// <summary>How many there can be.</summary>
    public int Capacity => _open.Length;

    public int Count { get; private set; }

    /// <summary>What is open now.</summary>
    public IReadOnlyList<ReplayTicket> Open
    {
        get
        {
            lock (_lock)
                return [.. _open.OfType<ReplayTicket>()];
        }
    }

    /// <summary>Packets, packets read late, and looks without room, of all replays since the start; they only grow.</summary>
    public (long Packets, long ReadLate, long NoRoom) Totals
    {
        get
        {
            lock (_lock)
                return _open.OfType<ReplayTicket>().Aggregate(_closed, (sum, ticket) => Add(sum, ticket.Counters));
        }
    }

    /// <summary>The replay whose feed it is; null when it is another's, or closed.</summary>
    public ReplayTicket? TicketOf(int feed)
    {
        lock (_lock)
            return feed >= _firstFeed && feed < _firstFeed + _open.Length ? _open[feed - _firstFeed] : null;
    }

    /// <summary>
    /// Opens a replay; the source is its own from now on. False when all are taken (a closed one comes free when its last packet has left) or
    /// the loop is too busy to hear: the source is then still the caller's.
    /// </summary>
    public bool TryOpen(ReplaySource source, ReplayPlan plan, out ReplayTicket ticket)
    {
        lock (_lock)
        {
            ticket = null!;
            if (_loop is null || !TryFindVacant(out var number))
                return false;
            _feeds[_firstFeed + number].Window.Resize((int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(plan.WindowPackets, WindowAtFirst)));
            ticket = new ReplayTicket(_firstFeed + number, number, new ReplayCounters());
            if (!_loop.TryPost(new ReplayCommand(ReplayCommandKind.Open, number, source, plan, ticket.Counters)))
                return false;
            _open[number] = ticket;
            Count++;
            return true;
        }
    }

    /// <summary>Ends a replay and its source. Nothing happens the second time.</summary>
    public void Close(ReplayTicket ticket)
    {
        lock (_lock)
        {
            if (_open[ticket.Number] != ticket)
                return;
            _open[ticket.Number] = null;
            _closed = Add(_closed, ticket.Counters);
            Count--;
            for (var tries = 0; !_loop!.TryPost(new ReplayCommand(ReplayCommandKind.Close, ticket.Number)) && tries < PostTriesMax; tries++)
                Thread.Yield();
        }
    }

    private static (long Packets, long ReadLate, long NoRoom) Add((long Packets, long ReadLate, long NoRoom) sum, ReplayCounters counters) =>
        (sum.Packets + Volatile.Read(ref counters.Packets), sum.ReadLate + Volatile.Read(ref counters.ReadLate),
            sum.NoRoom + Volatile.Read(ref counters.NoRoom));

    // In turn, so that the one that was closed last has the longest time to become empty.
    private bool TryFindVacant(out int number)
    {
        for (var i = 0; i < _open.Length; i++)
        {
            number = (_last + 1 + i) % _open.Length;
            if (_open[number] is not null || !_loop!.IsVacant(number))
                continue;
            _last = number;
            return true;
        }
        number = -1;
        return false;
    }

    /// <summary>At 2 Mbit/s no more are needed; a faster stream's window grows.</summary>
    private const int WindowAtFirst = 256;

    private const int PostTriesMax = 10_000;
}
