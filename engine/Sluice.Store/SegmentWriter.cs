using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// The segment being written. Every method returns 0 or -errno; after the first error the segment is poisoned and the
/// writer must not be used again. Owned by the store thread; allocates nothing after construction.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    private readonly DataFile _file;
    private readonly SegmentIndex _index;
    private readonly StoreFaults? _faults;
    private readonly long _recordsEnd;
    private long _durableOffset = SegmentHeader.PageBytes;

    public SegmentWriter(DataFile file, StoredSegment segment, SegmentIndex index, StoreFaults? faults)
    {
        (_file, Segment, _index, _faults) = (file, segment, index, faults);
        _recordsEnd = segment.Header.FileBytes - SegmentIndex.ReserveBytes(segment.Header.FileBytes);
        index.Clear();
    }

    public StoredSegment Segment { get; }

    /// <summary>Whether something is written that is not yet known to be on the medium.</summary>
    public bool IsDirty => Segment.Range.EndOffset > _durableOffset;

    /// <summary>Whether three quarters are used: time to have the next segment ready.</summary>
    public bool IsNearlyFull => Segment.Range.EndOffset > _recordsEnd / 4 * 3;

    public bool HasRoomFor(int batchBytes) => Segment.Range.EndOffset + batchBytes <= _recordsEnd;

    /// <summary>Writes the whole header page, which ends whatever the file was before.</summary>
    public int Begin(Span<byte> scratch)
    {
        var page = scratch[..SegmentHeader.PageBytes];
        page.Clear();
        Segment.Header.Write(page);
        return Math.Min(0, SegmentCloser.Write(_file, page, 0, _faults));
    }

    /// <summary>
    /// Writes staged records so that all of them become visible at once. <paramref name="mayBeVisible"/> is set when
    /// the error came at the commit word itself: the batch must not be written elsewhere too.
    /// </summary>
    public int Write(Span<byte> batch, out bool mayBeVisible)
    {
        mayBeVisible = false;
        var start = Segment.Range.EndOffset;
        RecordCodec.Seal(batch, Segment.Header.Epoch);
        var error = SegmentCloser.Write(_file, batch, start, _faults);
        if (error < 0)
            return error;
        mayBeVisible = true;
        RecordCodec.WriteCommit(batch, Segment.Header.Epoch);
        error = SegmentCloser.Write(_file, batch[..RecordCodec.CommitBytes], start, _faults);
        if (error < 0)
            return error;
        Account(batch);
        return 0;
    }

    /// <summary>Puts all that is written on the medium and notes how far that is.</summary>
    public int Sync(Span<byte> scratch)
    {
        var end = Segment.Range.EndOffset;
        var error = _faults is { SyncErrno: > 0 } ? -_faults.SyncErrno : _file.Sync();
        if (error < 0)
            return error;
        _durableOffset = end;
        new SegmentMark(Segment.Header.Epoch, end).Write(scratch);
        return Math.Min(0, SegmentCloser.Write(_file, scratch[..HeaderSector.Bytes], SegmentMark.Offset, _faults));
    }

    public int Close(Span<byte> scratch, bool sync) => SegmentCloser.Close(_file, Segment, _index, scratch, sync, _faults);

    /// <summary>Gives back the space of a segment that will not be written again; what the disk says to that is of no use.</summary>
    public void GiveUp()
    {
        var keptBytes = (Segment.Range.EndOffset + SegmentHeader.PageBytes - 1) & ~(SegmentHeader.PageBytes - 1L);
        if (_file.SetLength(keptBytes) == 0)
            Segment.FileBytes = keptBytes;
        Segment.IsPoisoned = true;
        Dispose();
    }

    public void Dispose() => _file.Dispose();

    private void Account(ReadOnlySpan<byte> batch)
    {
        var range = Segment.Range;
        while (!batch.IsEmpty)
        {
            var meta = RecordCodec.ReadMeta(batch);
            var size = RecordCodec.SizeOf(RecordCodec.PayloadLengthOf(batch));
            _index.Add(meta, range.EndOffset);
            range = range.With(meta, size);
            batch = batch[size..];
        }
        Segment.Advance(range);
    }
}
