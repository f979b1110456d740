namespace Sluice.Store;

/// <summary>
/// Which records of this run of a channel have reached which level. Records are counted from 1 in the order in which they were appended.
/// Written by the store thread; any thread may ask.
/// </summary>
public sealed class AckBook
{
    /// <summary>Ranges of lost records remembered a level; when there are more, the two oldest become one, and what lies between them is lost too.</summary>
    private const int RangesMax = 64;

    private readonly Lock _lock = new();
    private readonly List<(long First, long Last)> _unwritten = [];
    private readonly List<(long First, long Last)> _undurable = [];
    private long _appended, _written, _durable;

    /// <summary>Records taken so far; also the number of the last one.</summary>
    public long Appended => Volatile.Read(ref _appended);

    /// <summary>No record up to this one is still pending at <see cref="AckLevel.Written"/>.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>No record up to this one is still pending at <see cref="AckLevel.Durable"/>.</summary>
    public long Durable => Volatile.Read(ref _durable);

    /// <summary>What became of a record. Costs a lock: for acknowledging a transfer, not for every packet.</summary>
    public AckState StateOf(long record, AckLevel level)
    {
        if (record <= 0 || record > Appended)
            return AckState.Pending;
        if (level == AckLevel.Memory)
            return AckState.Reached;
        if (record > (level == AckLevel.Written ? Written : Durable))
            return AckState.Pending;
        lock (_lock)
            return (level == AckLevel.Written ? _unwritten : _undurable).Exists(range => record >= range.First && record <= range.Last)
                ? AckState.Lost : AckState.Reached;
    }

    internal void Append() => Volatile.Write(ref _appended, _appended + 1);

    /// <summary>The oldest records that were not written yet now are.</summary>
    internal void Write(int records) => Volatile.Write(ref _written, _written + records);

    /// <summary>The oldest records that were not written yet never will be.</summary>
    internal void LoseUnwritten(int records)
    {
        var range = (_written + 1, _written + records);
        lock (_lock)
        {
            Add(_unwritten, range);
            Add(_undurable, range);
        }
        Volatile.Write(ref _written, range.Item2);
    }

    /// <summary>All that is written is on the medium.</summary>
    internal void Sync() => Volatile.Write(ref _durable, _written);

    /// <summary>What was written since the last sync cannot be known to be on the medium, now or later.</summary>
    internal void LoseUnsynced()
    {
        if (_durable == _written)
            return;
        lock (_lock)
            Add(_undurable, (_durable + 1, _written));
        Volatile.Write(ref _durable, _written);
    }

    private static void Add(List<(long First, long Last)> ranges, (long First, long Last) range)
    {
        if (ranges.Count > 0 && ranges[^1].Last + 1 >= range.First)
            ranges[^1] = (Math.Min(ranges[^1].First, range.First), range.Last);
        else
            ranges.Add(range);
        if (ranges.Count <= RangesMax)
            return;
        ranges[0] = (ranges[0].First, ranges[1].Last);
        ranges.RemoveAt(1);
    }
}
