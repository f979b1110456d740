using Sluice.Linux;

namespace Sluice.Store;

/// <summary>What a cursor found.</summary>
public enum CursorStatus
{
    Record,

    /// <summary>Nothing is written beyond this place yet.</summary>
    AtEnd,

    /// <summary>
    /// The window's end has passed it, or what stood here cannot be read or is harmed: it stands at the next place from which it can go on,
    /// and is to be asked again.
    /// </summary>
    Gap,
}

/// <summary>
/// A place in a channel that is being written, going forward: for a feed at an offset. Every record is read by <c>pread</c> and checked, so that
/// nothing torn is sent, and no page of a mapping is touched that may be gone. Its segment stays pinned. Allocates only when it enters a segment or
/// seeks. Owned by one thread, any but the store's; <see cref="Segment"/> and <see cref="Offset"/> may be looked at by others, as hints.
/// </summary>
public sealed class StoreCursor(ChannelStore store) : IDisposable
{
    private ReadBuffer _buffer = new();
    private StoredSegment? _segment;
    private SegmentReader? _reader;
    private ulong _lastNumber;
    private int _failuresInARow;

    /// <summary>The segment it stands in, pinned; null before the first. Its header says what the payloads are, and of which run the monotonic times.</summary>
    public StoredSegment? Segment => Volatile.Read(ref _segment);

    /// <summary>Where in the segment's file the next record is.</summary>
    public long Offset => Volatile.Read(ref _reader)?.Offset ?? 0;

    /// <summary>
    /// Goes to the first record at or after an instant; with <paramref name="atAccessPoint"/> to the newest record at or before it where a decoder may
    /// begin, which for <see cref="long.MaxValue"/> is the newest there is. When the window begins later, to its first record or access
    /// point; when all is earlier, to the end of what is written. False when nothing is held. Reads: not for a thread that may not wait.
    /// </summary>
    public bool TrySeek(long wallNs, bool atAccessPoint)
    {
        var shown = store.Shown;
        for (var i = shown.Count - 1; i >= 0; i--)
            if (shown[i].Header.CreatedWallNs <= wallNs && TryEnter(shown[i], out _) && TryPlace(wallNs, atAccessPoint))
                return true;
        return atAccessPoint && shown.Any(TryPlaceAtFirstAccess) || shown.Any(segment => TryEnter(segment, out _));
    }

    /// <summary>Shares a buffer with other cursors of this thread from now on: a record is then valid until any of them is asked.</summary>
    public void ReadInto(ReadBuffer buffer)
    {
        _buffer = buffer;
        _reader?.ReadInto(buffer);
    }

    /// <summary>Where the next record is, for who has seen it before; false when it is not written yet, or not in this segment.</summary>
    public bool TryPeekPlace(out ulong epoch, out long offset)
    {
        (epoch, offset) = (_segment?.Header.Epoch ?? 0, _reader?.Offset ?? 0);
        return _segment is { IsRetired: false } && offset < _segment.EndOffset;
    }

    /// <summary>Goes past the record at that place without reading it.</summary>
    public void Pass(int recordBytes) => _reader!.Seek(_reader.Offset + recordBytes);

    /// <summary>The next record, valid until the next call; after any other answer it may be asked again.</summary>
    public CursorStatus TryNext(out StoredRecord record)
    {
        record = default;
        if (_segment is null || _reader is null || _segment.IsRetired)
            return TryGoOn(out var otherwise) ? CursorStatus.Gap : otherwise;
        // What lies beyond may be half written: the writer says how far it is, and its word comes after the bytes.
        _reader.LimitOffset = _segment.EndOffset;
        if (_reader.Offset >= _reader.LimitOffset)
            return AtLimit(out record);
        var status = _reader.TryNext(out record);
        if (status != ReadStatus.Record)
            return Skip(status);
        _failuresInARow = 0;
        return CursorStatus.Record;
    }

    /// <summary>What comes after a segment now. Any thread.</summary>
    internal StoredSegment? Following(StoredSegment segment) => Next(segment.Header.Number);

    public void Dispose() => Leave();

    private CursorStatus AtLimit(out StoredRecord record)
    {
        record = default;
        if (Next(_lastNumber) is null)
            return CursorStatus.AtEnd;
        // Looked at again: there is a next one, so this one has all that it will have. Cut by somebody, it has less than was read.
        if (_reader!.Offset < _segment!.EndOffset)
            return TryNext(out record);
        var isCut = _reader.Offset > _segment.EndOffset;
        if (!TryGoOn(out var otherwise))
            return otherwise;
        return isCut ? CursorStatus.Gap : TryNext(out record);
    }

    // To the next segment; else what to answer.
    private bool TryGoOn(out CursorStatus otherwise)
    {
        otherwise = CursorStatus.AtEnd;
        if (Next(_lastNumber) is not { } next)
            return false;
        if (TryEnter(next, out var error))
            return true;
        // Retired meanwhile, or we have no descriptor left: later. What cannot be opened for good is passed over.
        if (error.Errno is 0 or Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM)
            return false;
        Count(ReadStatus.Failed, error.Errno);
        if (Following(next) is null)
            return false; // the one being written: it may be read later
        Leave();
        (_lastNumber, otherwise) = (next.Header.Number, CursorStatus.Gap);
        return false;
    }

    // Past what cannot be read or is no record: to the next place that the index knows, and further with each failure in a row, for a bad disk takes seconds to
    // say so; at the end of what is written there is always a record's beginning.
    private CursorStatus Skip(ReadStatus status)
    {
        Count(status, _reader!.Errno);
        var further = (1 << Math.Min(_failuresInARow++, FailuresMax)) - 1;
        var index = _segment!.LiveIndex ?? SegmentScan.WrittenIndex(_segment.Path, store.Disk);
        _reader.Seek(index is not null && index.TryFindAfter(_reader.Offset, further, out var entry) ? entry.Offset : _segment.EndOffset);
        return CursorStatus.Gap;
    }

    private void Count(ReadStatus status, int errno)
    {
        if (status != ReadStatus.Failed)
        {
            Interlocked.Increment(ref store.Counters.RecordsHarmed);
            return;
        }
        Volatile.Write(ref store.Counters.ReadErrno, errno);
        Interlocked.Increment(ref store.Counters.ReadsFailed);
    }

    private bool TryPlace(long wallNs, bool atAccessPoint)
    {
        if (!TryLoadIndex(out var index))
            return false;
        if (!index.TryFind(wallNs, atAccessPoint, out var entry))
            return !atAccessPoint; // nothing is written in it yet
        _reader!.Seek(entry.Offset);
        _reader.LimitOffset = _segment!.EndOffset;
        // An access point that the index left out comes at most a stride behind the last one that it has.
        var (place, end) = (entry.Offset, atAccessPoint ? entry.Offset + index.StrideBytes : long.MaxValue);
        while (_reader.Offset < end && _reader.TryNext(out var record) == ReadStatus.Record
            && (atAccessPoint ? record.Meta.DeliveryWallNs <= wallNs : record.Meta.DeliveryWallNs < wallNs))
            if (!atAccessPoint)
                place = record.Offset + record.SizeBytes;
            else if ((record.Meta.Flags & RecordFlags.RandomAccess) != 0)
                place = record.Offset;
        _reader.Seek(place);
        return true;
    }

    private bool TryPlaceAtFirstAccess(StoredSegment segment)
    {
        if (!TryEnter(segment, out _) || !TryLoadIndex(out var index) || !index.TryFindAccess(out var entry))
            return false;
        _reader!.Seek(entry.Offset);
        return true;
    }

    private bool TryLoadIndex(out SegmentIndex index)
    {
        index = _segment!.LiveIndex!;
        return index is not null || SegmentScan.TryLoadIndex(_segment.Path, store.Disk, out index, out _);
    }

    // The oldest segment that comes after that one. Any thread.
    private StoredSegment? Next(ulong number)
    {
        foreach (var segment in store.ShownSpan)
            if (segment.Header.Number > number && !segment.IsRetired)
                return segment;
        return null;
    }

    private bool TryEnter(StoredSegment segment, out LinuxError error)
    {
        error = default;
        if (!segment.TryPin())
            return false;
        if (!SegmentReader.TryOpen(segment.Path, store.Disk, _buffer, StoreLimits.CursorBytes, out var reader, out error))
        {
            segment.Unpin();
            return false;
        }
        Leave();
        (_segment, _reader, _lastNumber, _failuresInARow) = (segment, reader, segment.Header.Number, 0);
        return true;
    }

    private void Leave()
    {
        _reader?.Dispose();
        _segment?.Unpin();
        (_reader, _segment) = (null, null);
    }

    private const int FailuresMax = 16;
}
