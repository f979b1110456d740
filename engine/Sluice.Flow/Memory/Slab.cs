using Sluice.Linux;

namespace Sluice.Flow;

// Ownership            written by                 read by              changes hands when
//   slot bytes         ingest thread              stamp, send, store   ingest's ring entry (release) → … → the slot returns by ring
//   Generation[slot]   ingest thread              store                the slot is taken anew (release)

/// <summary>
/// The pool of fixed packet slots that the live window lives in: native memory, prefaulted, outside the collector.
/// One ingest thread takes slots; the stamp thread gives them back by ring when no send loop can still want them.
/// </summary>
public sealed class Slab : IDisposable
{
    private readonly NativeBuffer _memory;
    private readonly int[] _generations;

    /// <param name="slots">How many packets.</param>
    /// <param name="slotBytes">Bytes a slot, a multiple of 64.</param>
    /// <param name="historySlots">So many more for packets that are kept for starting clients: in memory when they are used for the first time.</param>
    public Slab(int slots, int slotBytes, int historySlots = 0)
    {
        SlotBytes = slotBytes;
        _memory = new NativeBuffer((long)(slots + historySlots) * slotBytes, prefault: historySlots == 0);
        _generations = new int[slots + historySlots];
        for (var at = 0L; historySlots > 0 && at < (long)slots * slotBytes; at += Environment.SystemPageSize)
            _memory.Slice(at, 1)[0] = 0;
    }

    public int SlotBytes { get; }

    public int Slots => _generations.Length;

    /// <summary>Where a slot begins; valid until the slab is disposed.</summary>
    public nint Address(int slot) => _memory.Address + (nint)slot * SlotBytes;

    /// <summary>A slot's bytes.</summary>
    public Span<byte> Bytes(int slot) => _memory.Slice((long)slot * SlotBytes, SlotBytes);

    /// <summary>Counts the uses of a slot. A reader that nobody waits for (the store) compares before and after copying.</summary>
    public int Generation(int slot) => Volatile.Read(ref _generations[slot]);

    /// <summary>Ingest thread: the slot is about to be filled anew.</summary>
    internal void Renew(int slot) => Interlocked.Increment(ref _generations[slot]);

    public void Dispose() => _memory.Dispose();
}

/// <summary>
/// The ingest thread's stock of free slots. Last in, first out, so that a quiet engine works in few, warm slots.
/// </summary>
internal sealed class FreeSlots
{
    private readonly int[] _stack;
    private readonly RingReader<int> _returned;
    private int _count;

    public FreeSlots(int slots, RingReader<int> returned)
    {
        _stack = new int[slots];
        _returned = returned;
        for (var slot = slots - 1; slot >= 0; slot--)
            _stack[_count++] = slot;
    }

    public int Count => _count;

    /// <summary>Takes one slot; false when every slot is in flight.</summary>
    public bool TryTake(out int slot)
    {
        if (_count == 0)
            Collect();
        slot = _count > 0 ? _stack[--_count] : -1;
        return slot >= 0;
    }

    /// <summary>A slot that the ingest thread itself did not pass on.</summary>
    public void Return(int slot) => _stack[_count++] = slot;

    /// <summary>Takes in what the stamp thread gave back.</summary>
    public void Collect()
    {
        while (_returned.TryTake(out var slot))
            _stack[_count++] = slot;
    }
}
