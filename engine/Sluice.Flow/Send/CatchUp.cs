namespace Sluice.Flow;

/// <summary>
/// One client's way from a random access point to its own place in the feed (now − delay): its own schedule over the trains
/// of the window, the feed's times compressed by the rate, until it is in its place. Made by the control plane,
/// then owned by the send thread; gone when the client has caught up. Times are arguments.
/// </summary>
/// <param name="rate">Media seconds a second; above 1.</param>
/// <param name="delayNs">The client's delay.</param>
internal sealed class CatchUp(double rate, long delayNs)
{
    private readonly double _pace = 1 / rate;
    private AccessPoint _point;
    private bool _hasBegun;
    private bool _isOnWay;          // the access point's own train is behind it
    private int _prefaceSent;
    private long _startNs, _anchorNs;

    public bool HasBegun => _hasBegun;

    /// <summary>The next train of the feed to be sent.</summary>
    public uint Next { get; private set; }

    /// <summary>Packets that go before the access point and lie before it in the feed.</summary>
    public int PrefaceCount => _point.PrefaceCount;

    /// <summary>The access point's own first packet.</summary>
    public uint FirstPacket => _point.Packet;

    /// <summary>Looks for a place to begin: the newest access point that the client's own place has reached. False when there is none.</summary>
    public bool TryBegin(AccessIndex access, FeedWindow window, long nowNs)
    {
        if (!access.TryFind(window, nowNs - delayNs, out _point))
            return false;
        (Next, _hasBegun) = (_point.Train, true);
        _anchorNs = window.Train(Next).DeliveryNs;
        // A point that is not due yet is waited for: the client is then in its place from the beginning.
        _startNs = Math.Max(nowNs, _anchorNs + delayNs);
        return true;
    }

    /// <summary>Whether what comes next is no longer kept.</summary>
    public bool HasLostPlace(FeedWindow window) => (int)(Next - window.Floor) < 0;

    /// <summary>The next train and when it is due; false when the feed has no more yet.</summary>
    /// <param name="window">The feed's.</param>
    /// <param name="train">Only its packets from the access point on, when it is the first.</param>
    /// <param name="dueNs">On the client's own schedule.</param>
    /// <param name="isInPlace">The client's place has the same time for it.</param>
    public bool TryPeek(FeedWindow window, out Train train, out long dueNs, out bool isInPlace)
    {
        (train, dueNs, isInPlace) = (default, 0, false);
        if (Next == window.TrainTail)
            return false;
        train = window.Train(Next);
        var placeNs = train.DeliveryNs + delayNs;
        dueNs = _startNs + (long)((train.DeliveryNs - _anchorNs) * _pace);
        isInPlace = dueNs <= placeNs && _isOnWay;
        dueNs = Math.Max(dueNs, placeNs);
        if (!_isOnWay)
            train = train.From((int)(_point.Packet - train.FirstPacket));
        return true;
    }

    /// <summary>The preface packet that is still to be sent; false when all are.</summary>
    public bool TryPeekPreface(out uint packet, out int place)
    {
        (place, packet) = (_prefaceSent, 0);
        if (_prefaceSent == _point.PrefaceCount)
            return false;
        packet = _point.Preface[_prefaceSent];
        return true;
    }

    public void TakePreface() => _prefaceSent++;

    public void Take() => (Next, _isOnWay) = (Next + 1, true);

    /// <summary>
    /// Gives up what is kept no longer, and what is older than the oldest that may still leave: from here on the client is in its
    /// place. How many trains it has lost.
    /// </summary>
    public int SkipToPlace(FeedWindow window, long oldestNs)
    {
        var first = Next;
        for (Next = window.Floor; Next != window.TrainTail && window.Train(Next).DeliveryNs + delayNs < oldestNs; Next++) ;
        (_startNs, _isOnWay) = (_anchorNs + delayNs, true);
        return (int)(Next - first);
    }

    /// <summary>The loop or the socket was late: everything after moves by as much, so that nothing is sent faster than the rate.</summary>
    public void Postpone(long byNs) => _startNs += byNs;
}
