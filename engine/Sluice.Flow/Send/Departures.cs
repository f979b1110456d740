namespace Sluice.Flow;

/// <summary>
/// One client's departures, a value in the client's row: the trains of its feed in their order, each due at its delivery time plus the
/// client's delay, rounded up to a tick. Nothing is written for a client anywhere: a client that falls behind loses the oldest trains
/// when the window has gone a lap ahead, which it notices and counts. Owned by the send thread.
/// </summary>
internal struct Departures(ClientAttachment attachment, long delayNs)
{
    private readonly ClientAttachment _attachment = attachment;
    private readonly long _delayNs = delayNs;
    private uint _next;
    private bool _hasBegun;

    /// <summary>Looks at the oldest departure without taking it; false when the feed has no more yet.</summary>
    /// <param name="window">The feed's.</param>
    /// <param name="tickShift">log₂ of a tick's ns.</param>
    /// <param name="train">Its number.</param>
    /// <param name="dueTick">When it is due.</param>
    /// <param name="lost">Trains that the window has overwritten since the last look.</param>
    public bool TryPeek(FeedWindow window, int tickShift, out uint train, out long dueTick, out int lost)
    {
        (train, dueTick, lost) = (_next, 0, 0);
        if (!_hasBegun && !TryBegin())
            return false;
        while (true)
        {
            var tail = window.TrainTail;
            if (tail == _next)
                return false;
            if (tail - _next > window.TrainsReadable)
                lost += SkipOverwritten(tail, window.TrainsReadable);
            dueTick = (Volatile.Read(in window.Train(_next).DeliveryNs) + _delayNs + (1L << tickShift) - 1) >> tickShift;
            train = _next;
            // The stamp loop may have lapped us between the two reads: the train only counts when it is still inside the lap.
            if (window.TrainTail - _next <= window.TrainsReadable)
                return true;
        }
    }

    /// <summary>The number of the next train, once it has begun.</summary>
    public readonly uint Next => _next;

    /// <summary>Takes the departure that <see cref="TryPeek"/> showed.</summary>
    public void Take() => _next++;

    /// <summary>
    /// Makes a train the next one to be taken, whatever lies before it. False when the feed does not keep its trains for this client
    /// yet, or keeps only later ones.
    /// </summary>
    public bool TrySeek(uint train)
    {
        if (!_attachment.TryGetFrom(out var from) || (int)(train - from) < 0)
            return false;
        (_next, _hasBegun) = (train, true);
        return true;
    }

    private bool TryBegin()
    {
        _hasBegun = _attachment.TryGetFrom(out _next);
        return _hasBegun;
    }

    // Half a lap forward, so that a client that is only just too slow does not lose one train at every look.
    private int SkipOverwritten(uint tail, uint readable)
    {
        var next = tail - readable / 2;
        var lost = (int)(next - _next);
        _next = next;
        return lost;
    }
}
