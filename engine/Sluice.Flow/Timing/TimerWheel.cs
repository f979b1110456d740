using System.Diagnostics;
using System.Numerics;

namespace Sluice.Flow;

/// <summary>
/// One hashed timing wheel (Varghese and Lauck, SOSP 1987, scheme 6) of small integer ids: 4,096 slots, each a linked
/// list through two columns, and a two-level occupancy bitmap so that empty ticks cost nothing. There are no cascades:
/// an id due beyond the horizon is parked in the farthest slot and looked at again when that comes round.
/// Owned by one thread; allocates only at construction.
/// </summary>
internal sealed class TimerWheel
{
    public const int Slots = 4096;
    private const int Mask = Slots - 1;
    private const int None = -1;

    private readonly int[] _heads = new int[Slots];
    private readonly int[] _tails = new int[Slots];   // of the slots that have a head
    private readonly ulong[] _occupied = new ulong[Slots / 64];
    private ulong _occupiedWords;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly short[] _slotOf;
    private readonly long[] _dueTick;
    private long _cursor;
    private int _count;

    /// <param name="capacity">Ids are 0 … capacity − 1.</param>
    /// <param name="startTick">The first tick that can be due.</param>
    public TimerWheel(int capacity, long startTick)
    {
        _next = new int[capacity];
        _previous = new int[capacity];
        _slotOf = new short[capacity];
        _dueTick = new long[capacity];
        _slotOf.AsSpan().Fill(None);
        _heads.AsSpan().Fill(None);
        _cursor = startTick;
    }

    /// <summary>Ids scheduled.</summary>
    public int Count => _count;

    public bool IsScheduled(int id) => _slotOf[id] != None;

    /// <summary>Puts an id at a tick; a tick that has passed is due at once. The id must not be scheduled.</summary>
    public void Schedule(int id, long dueTick)
    {
        Debug.Assert(_slotOf[id] == None, "an id stands in the wheel once");
        _dueTick[id] = dueTick;
        Insert(id);
        _count++;
    }

    /// <summary>Takes an id out; nothing happens when it is not in.</summary>
    public void Cancel(int id)
    {
        if (_slotOf[id] == None)
            return;
        Unlink(id, _slotOf[id]);
        _count--;
    }

    /// <summary>Takes one id whose tick is at or before <paramref name="nowTick"/>; false when none is due.</summary>
    public bool TryPopDue(long nowTick, out int id)
    {
        while (_count > 0)
        {
            var slot = FirstOccupied(out var tick);
            if (tick > nowTick)
                break;
            id = _heads[slot];
            Unlink(id, slot);
            _cursor = tick;
            if (_dueTick[id] > nowTick)
            {
                Insert(id);         // beyond the horizon when it came: look again a turn later
                continue;
            }
            _count--;
            return true;
        }
        if (nowTick > _cursor)
            _cursor = nowTick;
        id = None;
        return false;
    }

    /// <summary>The earliest tick at which something may be due, <see cref="long.MaxValue"/> when the wheel is empty.</summary>
    public long NextTick()
    {
        if (_count == 0)
            return long.MaxValue;
        FirstOccupied(out var tick);
        return tick;
    }

    private void Insert(int id)
    {
        var tick = Math.Clamp(_dueTick[id], _cursor, _cursor + Mask);
        var slot = (int)tick & Mask;
        var tail = _heads[slot] == None ? None : _tails[slot];
        (_next[id], _previous[id]) = (None, tail);
        if (tail != None)
            _next[tail] = id;
        else
            _heads[slot] = id;
        _tails[slot] = id;
        _slotOf[id] = (short)slot;
        _occupied[slot >> 6] |= 1UL << slot;
        _occupiedWords |= 1UL << (slot >> 6);
    }

    private void Unlink(int id, int slot)
    {
        var (next, previous) = (_next[id], _previous[id]);
        if (next != None)
            _previous[next] = previous;
        else
            _tails[slot] = previous;
        if (previous != None)
            _next[previous] = next;
        else
            _heads[slot] = next;
        _slotOf[id] = None;
        if (_heads[slot] != None)
            return;
        if ((_occupied[slot >> 6] &= ~(1UL << slot)) == 0)
            _occupiedWords &= ~(1UL << (slot >> 6));
    }

    // The first occupied slot at or after the cursor, going round once. The wheel is not empty.
    private int FirstOccupied(out long tick)
    {
        var start = (int)_cursor & Mask;
        var slot = FirstAtOrAfter(start);
        if (slot == None)
            slot = FirstAtOrAfter(0);
        tick = _cursor + ((slot - start) & Mask);
        return slot;
    }

    private int FirstAtOrAfter(int start)
    {
        var word = start >> 6;
        var bits = _occupied[word] & (ulong.MaxValue << start);
        if (bits != 0)
            return (word << 6) + BitOperations.TrailingZeroCount(bits);
        var words = word == 63 ? 0 : _occupiedWords & (ulong.MaxValue << (word + 1));
        if (words == 0)
            return None;
        word = BitOperations.TrailingZeroCount(words);
        return (word << 6) + BitOperations.TrailingZeroCount(_occupied[word]);
    }
}
