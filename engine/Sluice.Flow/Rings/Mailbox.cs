namespace Sluice.Flow;

// Ownership            written by                 read by    changes hands when
//   _cells[i].Item     the poster that claimed i  owner      its Sequence becomes i + 1 (release)
//   _tail              any poster (CAS)           posters    —
//   _head              owner                      owner      —

/// <summary>
/// A bounded multi-producer single-consumer queue of commands for one loop. Full means "busy" and the poster is told.
/// The algorithm is Dmitry Vyukov's bounded MPMC queue with one consumer.
/// </summary>
public sealed class Mailbox<T> where T : struct
{
    private struct Cell
    {
        public long Sequence;
        public T Item;
    }

    private readonly Cell[] _cells;
    private PaddedSequence _tail;
    private PaddedSequence _head;

    /// <param name="capacity">Commands that may wait; a power of two.</param>
    public Mailbox(int capacity)
    {
        if (!int.IsPow2(capacity))
            throw new ArgumentException("A mailbox indexes by mask: the capacity must be a power of two.", nameof(capacity));
        _cells = new Cell[capacity];
        for (var i = 0; i < capacity; i++)
            _cells[i].Sequence = i;
    }

    /// <summary>Any thread: posts one command; false when the mailbox is full.</summary>
    public bool TryPost(in T item)
    {
        while (true)
        {
            var tail = Volatile.Read(ref _tail.Value);
            ref var cell = ref _cells[(int)tail & (_cells.Length - 1)];
            var ahead = Volatile.Read(ref cell.Sequence) - tail;
            if (ahead < 0)
                return false;
            if (ahead > 0 || Interlocked.CompareExchange(ref _tail.Value, tail + 1, tail) != tail)
                continue;
            cell.Item = item;
            Volatile.Write(ref cell.Sequence, tail + 1);
            return true;
        }
    }

    /// <summary>The owner: takes the oldest command; false when there is none.</summary>
    public bool TryTake(out T item)
    {
        var head = _head.Value;
        ref var cell = ref _cells[(int)head & (_cells.Length - 1)];
        if (Volatile.Read(ref cell.Sequence) != head + 1)
        {
            item = default;
            return false;
        }
        item = cell.Item;
        cell.Item = default;   // a command may hold references; the queue must not keep them alive
        Volatile.Write(ref cell.Sequence, head + _cells.Length);
        _head.Value = head + 1;
        return true;
    }

    /// <summary>The owner: whether a command waits.</summary>
    public bool HasMail
    {
        get
        {
            var head = _head.Value;
            return Volatile.Read(ref _cells[(int)head & (_cells.Length - 1)].Sequence) == head + 1;
        }
    }
}
