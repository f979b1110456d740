namespace Sluice.Flow;

/// <summary>
/// The playing clients that have every train there is, one linked list a feed: only these must be looked at when the feed gets a new
/// train, in the order in which they became idle: of clients that are served together none is first today and last tomorrow.
/// Owned by the send thread.
/// </summary>
internal sealed class IdleClients
{
    private const int None = -1;
    private const int NotIdle = -2;

    private readonly int[] _heads;
    private readonly int[] _tails;   // of the feeds that have a head
    private readonly uint[] _tailSeen;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly int[] _feedList, _place;   // the feeds that have a head, in no order, and where each stands among them

    public IdleClients(int feeds, int rows)
    {
        (_heads, _tails, _tailSeen, _next, _previous) = (new int[feeds], new int[feeds], new uint[feeds], new int[rows], new int[rows]);
        (_feedList, _place) = (new int[feeds], new int[feeds]);
        _heads.AsSpan().Fill(None);
        _next.AsSpan().Fill(NotIdle);
    }

    public int Count { get; private set; }

    /// <summary>Feeds that have idle clients: only these are looked at, for there may be a thousand.</summary>
    public int FeedCount { get; private set; }

    public int FeedAt(int place) => _feedList[place];

    public void Add(int feed, int row)
    {
        if (_next[row] != NotIdle)
            return;
        var tail = _heads[feed] == None ? None : _tails[feed];
        (_next[row], _previous[row]) = (None, tail);
        if (tail != None)
            _next[tail] = row;
        else
            Enlist(feed, row);
        _tails[feed] = row;
        Count++;
    }

    public void Remove(int feed, int row)
    {
        if (_next[row] == NotIdle)
            return;
        var (next, previous) = (_next[row], _previous[row]);
        if (next != None)
            _previous[next] = previous;
        else
            _tails[feed] = previous;
        if (previous != None)
            _next[previous] = next;
        else if ((_heads[feed] = next) == None)
            Strike(feed);
        _next[row] = NotIdle;
        Count--;
    }

    /// <summary>Whether the feed has trains that its idle clients have not been looked at for.</summary>
    public bool HasNews(int feed, uint trainTail) => _heads[feed] != None && _tailSeen[feed] != trainTail;

    /// <summary>Takes the whole list of a feed; walk it with <see cref="Follow"/>. −1 when empty.</summary>
    public int TakeAll(int feed, uint trainTail)
    {
        _tailSeen[feed] = trainTail;
        var head = _heads[feed];
        if (head != None)
            Strike(feed);
        _heads[feed] = None;
        return head;
    }

    private void Enlist(int feed, int row)
    {
        _heads[feed] = row;
        _place[feed] = FeedCount;
        _feedList[FeedCount++] = feed;
    }

    private void Strike(int feed)
    {
        var last = _feedList[--FeedCount];
        _feedList[_place[feed]] = last;
        _place[last] = _place[feed];
    }

    /// <summary>Takes one row off a list got from <see cref="TakeAll"/> and gives the row after it.</summary>
    public int Follow(int row)
    {
        var next = _next[row];
        _next[row] = NotIdle;
        Count--;
        return next;
    }
}
