using System.Diagnostics;
using System.Runtime.CompilerServices;
using CommunityToolkit.HighPerformance;
using Sluice.Linux;

namespace Sluice.Flow;

// Ownership         written by            read by     changes hands when
//   _tail           producer thread       both        —
//   _head           consumer thread       both        —
//   _slots[i]       producer, then        consumer    _tail passes i (release) → … → _head passes i (release)
//   writer's cursor producer thread       producer    —    (its own position, which is ahead of _tail until Publish,
//   reader's cursor consumer thread       consumer    —     or of _head until Release, and a stale copy of the other's:
//                                                           re-read only when the ring looks full or empty)

/// <summary>
/// A bounded single-producer single-consumer ring in two halves: whoever holds the <see cref="RingWriter{T}"/> is
/// the producer. Cached indices and batches after Lamport and FastForward as refined in "MCRingBuffer" (Lee et al., IPDPS 2010):
/// what a batch saves is the cache line of the position, which otherwise travels between the cores for every entry.
/// </summary>
/// <remarks>
/// Neither half can wait for what it holds back itself: a writer that finds the ring full publishes, a reader that finds it empty
/// releases. A writer that wakes the reader does so after <see cref="RingWriter{T}.Publish"/>; the fence of <see cref="LoopGate.Notify"/>
/// stands between the two.
/// </remarks>
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

    /// <summary>One entry, seen by the reader after <see cref="Publish"/>; false when the ring is full and nothing was written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAdd(in T item)
    {
        ref var cursor = ref _cursor;
        var tail = cursor.Position;
        if (tail - cursor.OtherSeen >= _slots.Length && !HasRoom(ref cursor))
            return false;
        // The mask keeps the index inside: no second check by the runtime.
        _slots.DangerousGetReferenceAt((int)tail & (_slots.Length - 1)) = item;
        cursor.Position = tail + 1;
        return true;
    }

    /// <summary>Shows the reader everything added so far.</summary>
    public void Publish()
    {
        if (_ring.Tail.Value != _cursor.Position)
            Volatile.Write(ref _ring.Tail.Value, _cursor.Position);
    }

    /// <summary>Adds and publishes one entry; false when the ring is full and nothing was written.</summary>
    public bool TryWrite(in T item)
    {
        if (!TryAdd(in item))
            return false;
        Volatile.Write(ref _ring.Tail.Value, _cursor.Position);
        return true;
    }

    private bool HasRoom(ref PaddedCursor cursor)
    {
        cursor.OtherSeen = Volatile.Read(ref _ring.Head.Value);
        if (cursor.Position - cursor.OtherSeen < _slots.Length)
            return true;
        Publish();
        return false;
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

    /// <summary>The oldest entry; its place is the writer's again after <see cref="Release"/>. False when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(out T item)
    {
        ref var cursor = ref _cursor;
        var head = cursor.Position;
        if (head == cursor.OtherSeen && !HasMore(ref cursor))
        {
            item = default;
            return false;
        }
        Debug.Assert(cursor.OtherSeen > head);
        item = _slots.DangerousGetReferenceAt((int)head & (_slots.Length - 1));
        cursor.Position = head + 1;
        return true;
    }

    /// <summary>Gives the writer the places of everything taken so far.</summary>
    public void Release()
    {
        if (_ring.Head.Value != _cursor.Position)
            Volatile.Write(ref _ring.Head.Value, _cursor.Position);
    }

    /// <summary>Takes the oldest entry and releases its place; false when there is none.</summary>
    public bool TryRead(out T item)
    {
        if (!TryTake(out item))
            return false;
        Volatile.Write(ref _ring.Head.Value, _cursor.Position);
        return true;
    }

    private bool HasMore(ref PaddedCursor cursor)
    {
        cursor.OtherSeen = Volatile.Read(ref _ring.Tail.Value);
        if (cursor.OtherSeen == cursor.Position)
        {
            Release();
            return false;
        }
        LookAhead(cursor.Position, cursor.OtherSeen);
        return true;
    }

    // Fresh entries lie in the writer's cache: their lines are fetched together, not one after the other as each is taken.
    private void LookAhead(long first, long end)
    {
        for (var position = first + 1; position < end && position < first + LinesAhead; position++)
            Prefetch.Line(ref _slots.DangerousGetReferenceAt((int)position & (_slots.Length - 1)));
    }

    private const int LinesAhead = 16;
}
