using System.Numerics;
using CommunityToolkit.HighPerformance;

namespace Sluice.Flow;

// Ownership         written by            read by     changes hands when
//   Entries[i]      stamp thread          send        written (release); may be overwritten one lap later
//   _tail           stamp thread          both        —
//   FanOutIndex     stamp thread          stamp       —

/// <summary>
/// One client's departures: train number and due tick in 8 bytes an entry. The producer never waits and never looks
/// at the consumer: a reader that falls a lap behind loses its oldest entries, which it notices and counts. That is the
/// rule "a slow client is that client's problem" made into a data structure. The consumer's half is <see cref="DepartureReader"/>.
/// </summary>
internal sealed class DepartureRing
{
    internal readonly ulong[] Entries;
    private long _tail;

    /// <param name="capacity">Entries, rounded up to a power of two.</param>
    public DepartureRing(int capacity) => Entries = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 4))];

    /// <summary>Where this ring stands in its feed's fan-out list, −1 when it is in none.</summary>
    public int FanOutIndex = -1;

    /// <summary>How the client gets to where this ring begins to count, handed over with it; null for one that starts live.</summary>
    public CatchUp? CatchUp { get; init; }

    public int Capacity => Entries.Length;

    /// <summary>Departures written so far.</summary>
    internal long Tail => Volatile.Read(ref _tail);

    /// <summary>Producer: one departure. Within one ring train numbers grow.</summary>
    public void Write(uint train, uint dueTick)
    {
        var tail = _tail;
        Volatile.Write(ref Entries.DangerousGetReferenceAt((int)tail & (Entries.Length - 1)), (ulong)dueTick << 32 | train);
        Volatile.Write(ref _tail, tail + 1);
    }
}
