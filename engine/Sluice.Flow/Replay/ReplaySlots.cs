using Sluice.Store;

namespace Sluice.Flow;

/// <summary>Where a record is: of which life of which file, and where in it.</summary>
internal readonly record struct RecordPlace(ulong Epoch, long Offset);

/// <summary>
/// The replays' packet slots. A record that several replays come to within the time that its packet waits for a client lies in one slot for all of them:
/// it is read, checked and copied once, and a thousand clients in the same stretch of a channel do not each go through memory of their own.
/// Replay thread.
/// </summary>
internal sealed class ReplaySlots
{
    private const int PlacesToBegin = 1_024;

    private struct Slot
    {
        public int Users;
        public RecordPlace Place;
        public RecordMeta Meta;
        public ushort Length;
    }

    private readonly Slot[] _slots;
    private readonly int[] _free;
    private readonly RingReader<int> _returned;
    private readonly Dictionary<RecordPlace, int> _places = new(PlacesToBegin);
    private int _freeCount;

    /// <param name="slab">The slots.</param>
    /// <param name="returned">Where the feeds give them back, once for each user.</param>
    public ReplaySlots(Slab slab, RingReader<int> returned)
    {
        (Slab, _returned, _slots, _free) = (slab, returned, new Slot[slab.Slots], new int[slab.Slots]);
        for (var slot = slab.Slots - 1; slot >= 0; slot--)
            _free[_freeCount++] = slot;
    }

    public Slab Slab { get; }

    /// <summary>An empty slot with one user; false when every one is in use.</summary>
    public bool TryTake(out int slot)
    {
        slot = _freeCount > 0 ? _free[--_freeCount] : -1;
        if (slot >= 0)
            _slots[slot] = new Slot { Users = 1 };
        return slot >= 0;
    }

    /// <summary>One user less.</summary>
    public void Return(int slot)
    {
        ref var entry = ref _slots[slot];
        if (--entry.Users > 0)
            return;
        if (entry.Place != default)
            _places.Remove(entry.Place);
        _free[_freeCount++] = slot;
    }

    /// <summary>Says what is in a slot, for others that come to the same record.</summary>
    public void Share(int slot, in RecordPlace place, in RecordMeta meta, int length)
    {
        if (_places.TryAdd(place, slot))
            (_slots[slot].Place, _slots[slot].Meta, _slots[slot].Length) = (place, meta, (ushort)length);
    }

    /// <summary>A record that lies in a slot already, one user more of it.</summary>
    public bool TryFind(in RecordPlace place, out int slot, out RecordMeta meta, out int length)
    {
        if (!_places.TryGetValue(place, out slot))
        {
            (meta, length) = (default, 0);
            return false;
        }
        ref var entry = ref _slots[slot];
        entry.Users++;
        (meta, length) = (entry.Meta, entry.Length);
        return true;
    }

    /// <summary>
    /// Takes in what the feeds gave back: before each look, for a slot of many users comes back many times, and the ring holds each slot once.
    /// </summary>
    public void Collect()
    {
        while (_returned.TryTake(out var slot))
            Return(slot);
        _returned.Release();
    }
}
