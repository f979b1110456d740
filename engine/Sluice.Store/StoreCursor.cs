namespace Sluice.Store;

/// <summary>One record where it lies in its segment's mapping: for the kernel to send from, until the cursor is asked for the next.</summary>
/// <param name="Meta">What is known about it.</param>
/// <param name="PayloadAddress">Where the payload is mapped; 0 when the segment could not be mapped. Never dereferenced by managed code.</param>
/// <param name="PayloadLength">Bytes of it.</param>
public readonly record struct MappedRecord(RecordMeta Meta, nint PayloadAddress, int PayloadLength);

/// <summary>What a cursor found.</summary>
public enum CursorStatus
{
    Record,

    /// <summary>Nothing is written beyond this place yet.</summary>
    AtEnd,

    /// <summary>The window's end has passed it, or its segment was harmed: it stands at the oldest record after that, and there is a gap.</summary>
    Gap,
}

/// <summary>
/// A place in a channel that is being written, going forward: for a feed at an offset. Checks every record by <c>pread</c> and hands out where
/// it is mapped, so that nothing torn is sent and nothing is copied twice. Its segment stays pinned. Owned by one thread, any but the store's.
/// </summary>
public sealed class StoreCursor(ChannelStore store) : IDisposable
{
    private StoredSegment? _segment;
    private SegmentReader? _reader;
    private ulong _lastNumber;

    /// <summary>The segment it stands in, pinned; null before the first.</summary>
    public StoredSegment? Segment => _segment;

    /// <summary>Where in the segment's file the next record is.</summary>
    public long Offset => _reader?.Offset ?? 0;

    /// <summary>
    /// Goes to the last place at or before an instant from which <see cref="TryNext"/> leads to it: with <paramref name="atAccessPoint"/> to a record where
    /// a decoder may begin. When the window begins later, to its beginning; false when nothing is held.
    /// </summary>
    public bool TrySeek(long wallNs, bool atAccessPoint)
    {
        var shown = store.Shown;
        for (var i = shown.Count - 1; i >= 0; i--)
            if (shown[i].Header.CreatedWallNs <= wallNs && TryEnter(shown[i]) && TryPlace(wallNs, atAccessPoint))
                return true;
        return shown.Any(TryEnter);
    }

    /// <summary>The next record; for any other answer it may be asked again.</summary>
    public CursorStatus TryNext(out MappedRecord record)
    {
        record = default;
        if (_segment is null || _reader is null || _segment.IsRetired)
            return Next() is { } oldest && TryEnter(oldest) ? CursorStatus.Gap : CursorStatus.AtEnd;
        // What lies beyond may be half written: the writer says how far it is, and its word comes after the bytes.
        while (_reader.Offset >= _segment.EndOffset)
        {
            var next = Next();
            if (next is null)
                return CursorStatus.AtEnd;
            if (_reader.Offset >= _segment.EndOffset && !TryEnter(next)) // looked at again: there is a next one, so this one has all it will have
                return CursorStatus.AtEnd;
        }
        // Twice, because the reader reads ahead: what it has may be older than the writer's word.
        if (_reader.TryNext(out var found) != ReadStatus.Record && _reader.TryNext(out found) != ReadStatus.Record)
            return Next() is { } after && TryEnter(after) ? CursorStatus.Gap : CursorStatus.AtEnd;
        var at = _segment.Mapping is { } mapping ? mapping.Address + (nint)(found.Offset + RecordCodec.HeaderBytes) : 0;
        record = new MappedRecord(found.Meta, at, found.Payload.Length);
        return CursorStatus.Record;
    }

    public void Dispose() => Leave();

    private bool TryPlace(long wallNs, bool atAccessPoint)
    {
        if (!SegmentScan.TryLoadIndex(_segment!.Path, out var index, out _) || !index.TryFind(wallNs, atAccessPoint, out var entry))
            return !atAccessPoint;
        _reader!.Seek(entry.Offset);
        return true;
    }

    // The oldest segment that comes after this one.
    private StoredSegment? Next()
    {
        foreach (var segment in store.Shown)
            if (segment.Header.Number > _lastNumber && !segment.IsRetired)
                return segment;
        return null;
    }

    private bool TryEnter(StoredSegment segment)
    {
        if (!segment.TryPin())
            return false;
        if (!SegmentReader.TryOpen(segment.Path, out var reader, out _))
        {
            segment.Unpin();
            return false;
        }
        Leave();
        (_segment, _reader, _lastNumber) = (segment, reader, segment.Header.Number);
        return true;
    }

    private void Leave()
    {
        _reader?.Dispose();
        _segment?.Unpin();
        (_reader, _segment) = (null, null);
    }
}
