namespace Sluice.Store;

/// <summary>
/// Keeps the next stretch before each cursor in memory, so that who sends from the mapping never waits for the disk. Run by a thread of its own:
/// it does the waiting. Cursors belong to other threads, which say here how far they are.
/// </summary>
public sealed class StorePrefetch(long aheadBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, (StoredSegment Segment, long Offset, long Done)> _places = [];

    /// <summary>Pages asked for that could not be read: the file was cut, or the disk failed.</summary>
    public long Failures => Volatile.Read(ref _failures);
    private long _failures;

    /// <summary>Bytes made resident.</summary>
    public long Bytes => Volatile.Read(ref _bytes);
    private long _bytes;

    /// <summary>Says where a cursor is, from its own thread; it is forgotten when it stands nowhere.</summary>
    public void At(StoreCursor cursor)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        lock (_lock)
        {
            var segment = cursor.Segment;
            if (segment is null)
                _places.Remove(cursor);
            else
                _places[cursor] = (segment, cursor.Offset, _places.TryGetValue(cursor, out var old) && old.Segment == segment ? old.Done : cursor.Offset);
        }
    }

    /// <summary>One pass over all cursors; returns the bytes asked for.</summary>
    public long DoWork()
    {
        KeyValuePair<object, (StoredSegment Segment, long Offset, long Done)>[] places;
        lock (_lock)
            places = [.. _places];
        long asked = 0;
        foreach (var (cursor, place) in places)
            asked += Reach(cursor, place.Segment, Math.Max(place.Offset, place.Done), place.Offset + aheadBytes);
        return asked;
    }

    private long Reach(object cursor, StoredSegment segment, long from, long to)
    {
        to = Math.Min(to, segment.EndOffset);
        if (from >= to || !segment.TryPin())
            return 0;
        var result = segment.Mapping is { } mapping && to <= mapping.Length ? mapping.Populate(from, to - from) : 0;
        segment.Unpin();
        if (result < 0)
            Volatile.Write(ref _failures, _failures + 1);
        else
            Volatile.Write(ref _bytes, _bytes + to - from);
        lock (_lock)
            if (_places.TryGetValue(cursor, out var place) && place.Segment == segment)
                _places[cursor] = place with { Done = to };
        return to - from;
    }
}
