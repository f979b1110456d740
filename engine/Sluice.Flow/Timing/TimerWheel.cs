using System.Diagnostics;
using System.Numerics;

namespace Sluice.Flow;

/// <summary>
/// One hashed timing wheel (Varghese and Lauck, SOSP 1987, scheme 6) of small integer ids: 4,096 slots, each a linked
/// list through 16-byte nodes, and a two-level occupancy bitmap so that empty ticks cost nothing. There are no cascades:
/// an id due beyond the horizon is parked in the farthest slot and looked at again when that comes round.
/// Owned by one thread; allocates only at construction.
/// </summary>
internal sealed class TimerWheel
{
    public const int Slots = 4096;
    private const int Mask = Slots - 1;
    private const int None = -1;
    private const int NotScheduled = -2;

    // One id. All that is known of it lies on one cache line: an expiry in a large wheel costs a miss a line, not a miss a question.
    private struct Node
    {
        public long DueTick;
        public int Next;        // NotScheduled when the id is in no list
        public int Previous;    // of the first in its list: the slot's complement, which is below 0
    }

    private readonly int[] _heads = new int[Slots];
    private readonly int[] _tails = new int[Slots];   // of the slots that have a head
    private readonly ulong[] _occupied = new ulong[Slots / 64];
    private ulong _occupiedWords;
    private readonly Node[] _nodes;
    private long _cursor;
    private int _count;

    /// <param name="capacity">Ids are 0 … capacity − 1.</param>
    /// <param name="startTick">The first tick that can be due.</param>
    public TimerWheel(int capacity, long startTick)
    {
        _nodes = new Node[capacity];
        _nodes.AsSpan().Fill(new Node { Next = NotScheduled });
        _heads.AsSpan().Fill(None);
        _cursor = startTick;
    }

    /// <summary>Ids scheduled.</summary>
    public int Count => _count;

    public bool IsScheduled(int id) => _nodes[id].Next != NotScheduled;

    /// <summary>Puts an id at a tick; a tick that has passed is due at once. The id must not be scheduled.</summary>
    public void Schedule(int id, long dueTick)
    {
        ref var node = ref _nodes[id];
        Debug.Assert(node.Next == NotScheduled, "an id stands in the wheel once");
        node.DueTick = dueTick;
        Insert(id, ref node);
        _count++;
    }

    /// <summary>Takes an id out; nothing happens when it is not in.</summary>
    public void Cancel(int id)
    {
        ref var node = ref _nodes[id];
        if (node.Next == NotScheduled)
            return;
        Unlink(ref node);
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
            id = _tails[slot];
            ref var node = ref _nodes[id];
            TakeLast(slot, ref node);
            _cursor = tick;
            if (node.DueTick > nowTick)
            {
                Insert(id, ref node);         // beyond the horizon when it came: look again a turn later
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

    private void Insert(int id, ref Node node)
    {
        var slot = (int)Math.Clamp(node.DueTick, _cursor, _cursor + Mask) & Mask;
        var head = _heads[slot];
        (node.Next, node.Previous) = (head, ~slot);
        if (head != None)
            _nodes[head].Previous = id;
        else
            _tails[slot] = id;
        _heads[slot] = id;
        _occupied[slot >> 6] |= 1UL << slot;
        _occupiedWords |= 1UL << (slot >> 6);
    }

    // Ids go in at the head and out at the tail, so that of those due together none is first today and last tomorrow.
    private void TakeLast(int slot, ref Node node)
    {
        var previous = node.Previous;
        node.Next = NotScheduled;
        if (previous < 0)
        {
            Behead(slot, None);
            return;
        }
        _nodes[previous].Next = None;
        _tails[slot] = previous;
    }

    private void Unlink(ref Node node)
    {
        var (next, previous) = (node.Next, node.Previous);
        node.Next = NotScheduled;
        if (next != None)
            _nodes[next].Previous = previous;
        else if (previous >= 0)
            _tails[SlotOf(previous)] = previous;
        if (previous >= 0)
            _nodes[previous].Next = next;
        else
            Behead(~previous, next);
    }

    // A node does not know its slot; the first of its list does. Only a cancelled last one asks, which is rare.
    private int SlotOf(int id)
    {
        var previous = _nodes[id].Previous;
        while (previous >= 0)
            previous = _nodes[previous].Previous;
        return ~previous;
    }

    private void Behead(int slot, int next)
    {
        _heads[slot] = next;
        if (next == None && (_occupied[slot >> 6] &= ~(1UL << slot)) == 0)
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
