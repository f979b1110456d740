using System.Diagnostics;
using CommunityToolkit.HighPerformance;

namespace Sluice.Flow;

// Ownership         written by            read by     changes hands when
//   _tail           producer thread       both        —
//   _head           consumer thread       both        —
//   _slots[i]       producer, then        consumer    _tail passes i (release) → … → _head passes i (release)
//   writer cache    producer thread       producer    —    (a stale copy of _head: re-read only when the ring looks full)
//   reader cache    consumer thread       consumer    —    (a stale copy of _tail: re-read only when the ring looks empty)

/// <summary>
/// A bounded single-producer single-consumer ring in two halves: whoever holds the <see cref="RingWriter{T}"/> is
/// the producer. Cached indices after Lamport and FastForward as refined in "MCRingBuffer" (Lee et al., IPDPS 2010).
/// </summary>
public static class SpscRing
{
    /// <summary>Makes a ring of at least <paramref name="capacity"/> entries and hands out its two halves.</summary>
    public static (RingWriter<T> Writer, RingReader<T> Reader) Create<T>(int capacity) where T : struct
    {
        var shared = new SpscShared<T>((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 2)));
        return (new RingWriter<T>(shared), new RingReader<T>(shared));
    }
}

internal sealed class SpscShared<T>(int capacity) where T : struct
{
    public readonly T[] Slots = new T[capacity];
    public PaddedSequence Tail;
    public PaddedSequence Head;
}

/// <summary>The producer's half. One thread only.</summary>
public sealed class RingWriter<T> where T : struct
{
    private readonly SpscShared<T> _ring;
    private readonly T[] _slots;
    private PaddedCursor _cursor;

    internal RingWriter(SpscShared<T> ring) => (_ring, _slots) = (ring, ring.Slots);

    /// <summary>Entries that the ring can hold.</summary>
    public int Capacity => _slots.Length;

    /// <summary>Publishes one entry; false when the ring is full and nothing was written.</summary>
    public bool TryWrite(in T item)
    {
        ref var cursor = ref _cursor;
        var tail = cursor.Position;
        if (tail - cursor.OtherSeen >= _slots.Length && tail - (cursor.OtherSeen = Volatile.Read(ref _ring.Head.Value)) >= _slots.Length)
            return false;
        // The mask keeps the index inside: no second check by the runtime.
        _slots.DangerousGetReferenceAt((int)tail & (_slots.Length - 1)) = item;
        cursor.Position = tail + 1;
        Volatile.Write(ref _ring.Tail.Value, tail + 1);
        return true;
    }
}

/// <summary>The consumer's half. One thread only.</summary>
public sealed class RingReader<T> where T : struct
{
    private readonly SpscShared<T> _ring;
    private readonly T[] _slots;
    private PaddedCursor _cursor;

    internal RingReader(SpscShared<T> ring) => (_ring, _slots) = (ring, ring.Slots);

    /// <summary>Entries waiting, as far as the consumer can see now.</summary>
    public int Count => (int)(Volatile.Read(ref _ring.Tail.Value) - _cursor.Position);

    /// <summary>Takes the oldest entry; false when there is none.</summary>
    public bool TryRead(out T item)
    {
        ref var cursor = ref _cursor;
        var head = cursor.Position;
        if (head == cursor.OtherSeen && head == (cursor.OtherSeen = Volatile.Read(ref _ring.Tail.Value)))
        {
            item = default;
            return false;
        }
        Debug.Assert(cursor.OtherSeen > head);
        item = _slots.DangerousGetReferenceAt((int)head & (_slots.Length - 1));
        cursor.Position = head + 1;
        Volatile.Write(ref _ring.Head.Value, head + 1);
        return true;
    }
}
