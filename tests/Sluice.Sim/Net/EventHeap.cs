namespace Sluice.Sim;

/// <summary>What happens in the world by itself, not by a loop.</summary>
public enum EventKind : byte
{
    Emit,
    Arrive,
    Join,
    Pause,
    Resume,
    Leave,
    Stall,
    Block,
    ProfileChange,

    /// <summary>A player asks for what it has lost.</summary>
    Ask,
}

/// <summary>One thing that will happen: <paramref name="Subject"/> and <paramref name="Argument"/> mean what the kind says.</summary>
public readonly record struct SimEvent(long AtNs, long Sequence, EventKind Kind, int Subject, long Argument);

/// <summary>A binary heap of events by (time, sequence): what was planned first happens first, so a run repeats exactly.</summary>
public sealed class EventHeap
{
    private SimEvent[] _events = new SimEvent[1024];
    private int _count;
    private long _sequence;

    public long NextNs => _count == 0 ? long.MaxValue : _events[0].AtNs;

    public void Add(long atNs, EventKind kind, int subject, long argument = 0)
    {
        if (_count == _events.Length)
            Array.Resize(ref _events, 2 * _count);
        var added = new SimEvent(atNs, _sequence++, kind, subject, argument);
        var child = _count++;
        for (int parent; child > 0 && IsBefore(in added, in _events[parent = (child - 1) / 2]); child = parent)
            _events[child] = _events[parent];
        _events[child] = added;
    }

    public SimEvent Take()
    {
        var first = _events[0];
        var last = _events[--_count];
        var parent = 0;
        for (var child = 1; child < _count; child = 2 * parent + 1)
        {
            if (child + 1 < _count && IsBefore(in _events[child + 1], in _events[child]))
                child++;
            if (!IsBefore(in _events[child], in last))
                break;
            _events[parent] = _events[child];
            parent = child;
        }
        _events[parent] = last;
        return first;
    }

    private static bool IsBefore(in SimEvent left, in SimEvent right) =>
        left.AtNs < right.AtNs || (left.AtNs == right.AtNs && left.Sequence < right.Sequence);
}
