using CommunityToolkit.HighPerformance;
using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// The consumer's half of a <see cref="DepartureRing"/>, a value in the client's row. Knows which train it expects next, so that an
/// entry that names it is believed without a look at the producer's position, which is on a cache line that the stamp thread writes.
/// Owned by the send thread.
/// </summary>
internal struct DepartureReader(DepartureRing ring)
{
    private readonly DepartureRing _ring = ring;
    private readonly ulong[] _entries = ring.Entries;
    private long _head;
    private uint _expected = uint.MaxValue;

    /// <summary>Whether there is a ring to read.</summary>
    public readonly bool IsOpen => _ring is not null;

    /// <summary>
    /// Looks at the oldest departure without taking it. <paramref name="lost"/> is how many
    /// the producer has overwritten since the last look.
    /// </summary>
    public bool TryPeek(out uint train, out uint dueTick, out int lost)
    {
        // What was here before is a lap older, so it names a smaller train, and what may be here too early a larger one. Nothing
        // was ever written where the entry is 0: a true one that is 0 takes the longer way.
        var entry = Volatile.Read(ref _entries.DangerousGetReferenceAt((int)_head & (_entries.Length - 1)));
        (train, dueTick, lost) = ((uint)entry, (uint)(entry >> 32), 0);
        return train == _expected && entry != 0 || TryFind(out train, out dueTick, out lost);
    }

    /// <summary>Takes the departure that <see cref="TryPeek"/> showed.</summary>
    public void Take()
    {
        _head++;
        _expected++;
    }

    /// <summary>The next departure will be looked at soon.</summary>
    public readonly void LookAhead()
    {
        if (_entries is not null)
            Prefetch.Line(ref _entries.DangerousGetReferenceAt((int)_head & (_entries.Length - 1)));
    }

    /// <summary>
    /// Makes a train's departure the next one to be taken, whatever lies before it. False when it is no longer or not yet in the
    /// ring; the train after the newest one counts as in it.
    /// </summary>
    public bool TrySeek(uint train)
    {
        var tail = _ring.Tail;
        if (tail == 0)
            return false;
        // Every train of the feed has one entry, so the place follows from the newest one's number.
        var newest = (uint)Volatile.Read(ref _entries.DangerousGetReferenceAt((int)(tail - 1) & (_entries.Length - 1)));
        var head = tail - 1 - (int)(newest - train);
        if (head < 0 || head > tail || _ring.Tail - head > _entries.Length - 1)
            return false;
        (_head, _expected) = (head, train);
        return true;
    }

    private bool TryFind(out uint train, out uint dueTick, out int lost)
    {
        lost = 0;
        while (true)
        {
            var tail = _ring.Tail;
            // Below the head: an entry was believed by its number before the producer had moved its position past it.
            if (tail <= _head)
            {
                (train, dueTick) = (0, 0);
                return false;
            }
            if (tail - _head > _entries.Length - 1)
                lost += SkipOverwritten(tail);
            var entry = Volatile.Read(ref _entries.DangerousGetReferenceAt((int)_head & (_entries.Length - 1)));
            // The producer may have lapped us between the two reads: the entry only counts when it is still inside the lap.
            if (_ring.Tail - _head > _entries.Length - 1)
                continue;
            (train, dueTick) = ((uint)entry, (uint)(entry >> 32));
            _expected = train;
            return true;
        }
    }

    // Half a lap forward, so that a reader which is only just too slow does not lose one entry at every look.
    private int SkipOverwritten(long tail)
    {
        var head = tail - _entries.Length / 2;
        var lost = (int)(head - _head);
        _head = head;
        return lost;
    }
}
