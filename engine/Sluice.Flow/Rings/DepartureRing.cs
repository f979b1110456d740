using CommunityToolkit.HighPerformance;

namespace Sluice.Flow;

// Ownership         written by            read by     changes hands when
//   _entries[i]     stamp thread          send        _tail passes i (release); may be overwritten one lap later
//   _tail           stamp thread          both        —
//   _head, Dropped  send thread           send        —
//   FanOutIndex     stamp thread          stamp       —

/// <summary>
/// One client's departures: train number and due tick in 8 bytes an entry. The producer never waits and never looks
/// at the consumer: a reader that falls a lap behind loses its oldest entries, which it notices and counts. That is the
/// rule "a slow client is that client's problem" made into a data structure.
/// </summary>
internal sealed class DepartureRing
{
    private readonly ulong[] _entries;
    private long _tail;
    private long _head;

    /// <param name="capacity">Entries, rounded up to a power of two.</param>
    public DepartureRing(int capacity) =>
        _entries = new ulong[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 4))];

    /// <summary>Where this ring stands in its feed's fan-out list, −1 when it is in none.</summary>
    public int FanOutIndex = -1;

    public int Capacity => _entries.Length;

    /// <summary>Producer: one departure.</summary>
    public void Write(uint train, uint dueTick)
    {
        var tail = _tail;
        Volatile.Write(ref _entries.DangerousGetReferenceAt((int)tail & (_entries.Length - 1)), (ulong)dueTick << 32 | train);
        Volatile.Write(ref _tail, tail + 1);
    }

    /// <summary>
    /// Consumer: looks at the oldest departure without taking it. <paramref name="lost"/> is how many
    /// the producer has overwritten since the last look.
    /// </summary>
    public bool TryPeek(out uint train, out uint dueTick, out int lost)
    {
        lost = 0;
        while (true)
        {
            var tail = Volatile.Read(ref _tail);
            if (tail == _head)
            {
                (train, dueTick) = (0, 0);
                return false;
            }
            if (tail - _head > _entries.Length - 1)
                lost += SkipOverwritten(tail);
            var entry = Volatile.Read(ref _entries.DangerousGetReferenceAt((int)_head & (_entries.Length - 1)));
            // The producer may have lapped us between the two reads: the entry only counts when it is still inside the lap.
            if (Volatile.Read(ref _tail) - _head > _entries.Length - 1)
                continue;
            (train, dueTick) = ((uint)entry, (uint)(entry >> 32));
            return true;
        }
    }

    /// <summary>Consumer: takes the departure that <see cref="TryPeek"/> showed.</summary>
    public void Take() => _head++;

    /// <summary>Consumer: forgets everything that waits (pause, removal).</summary>
    public void Clear() => _head = Volatile.Read(ref _tail);

    // Half a lap forward, so that a reader which is only just too slow does not lose one entry at every look.
    private int SkipOverwritten(long tail)
    {
        var head = tail - _entries.Length / 2;
        var lost = (int)(head - _head);
        _head = head;
        return lost;
    }
}
