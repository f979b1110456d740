using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// The segment being written. Every method returns 0 or -errno; after the first error the segment is poisoned and the
/// writer must not be used again. Owned by the store thread; allocates nothing after construction.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    private readonly IStoreFile _file;
    private readonly SegmentIndex _index;
    private readonly long _recordsEnd;
    private long _durableOffset = SegmentHeader.PageBytes;
    private ulong _round;
    private int _indexWritten;
    private uint _indexCrc;

    public SegmentWriter(IStoreFile file, StoredSegment segment)
    {
        (_file, Segment, _index) = (file, segment, new SegmentIndex(segment.Header.FileBytes));
        _recordsEnd = SegmentIndex.RegionOf(segment.Header.FileBytes);
        segment.LiveIndex = _index;
    }

    public StoredSegment Segment { get; }

    /// <summary>Bytes written that are not yet known to be on the medium.</summary>
    public long DirtyBytes => Segment.Range.EndOffset - _durableOffset;

    /// <summary>Whether three quarters are used: time to have the next segment ready.</summary>
    public bool IsNearlyFull => Segment.Range.EndOffset > _recordsEnd / 4 * 3;

    public bool HasRoomFor(int batchBytes) => Segment.Range.EndOffset + batchBytes <= _recordsEnd;

    /// <summary>Writes the whole header page, which ends whatever the file was before.</summary>
    public int Begin(Span<byte> scratch)
    {
        var page = scratch[..SegmentHeader.PageBytes];
        page.Clear();
        Segment.Header.Write(page);
        return Math.Min(0, _file.WriteAt(page, 0));
    }

    /// <summary>
    /// Writes staged records so that all of them become visible at once. <paramref name="mayBeVisible"/> is set when
    /// the error came at the commit word itself: the batch must not be written elsewhere too.
    /// </summary>
    /// <param name="batch">The records; the array behind it goes on for a page, which is used.</param>
    /// <param name="mayBeVisible">See above.</param>
    public int Write(ArraySegment<byte> batch, out bool mayBeVisible)
    {
        mayBeVisible = false;
        var start = Segment.Range.EndOffset;
        RecordCodec.Seal(batch, Segment.Header.Epoch);
        var error = _file.WriteAt(ToPageEnd(batch, start), start);
        if (error < 0)
            return error;
        mayBeVisible = true;
        RecordCodec.WriteCommit(batch, Segment.Header.Epoch);
        error = _file.WriteAt(batch.AsSpan(0, RecordCodec.CommitBytes), start);
        if (error < 0)
            return error;
        Account(batch);
        return 0;
    }

    /// <summary>Puts all that is written on the medium, index included, and notes how far that is.</summary>
    public int Sync()
    {
        var range = Segment.Range;
        var error = WriteIndex(SegmentIndex.RegionOf(Segment.Header.FileBytes));
        if (error >= 0)
            error = _file.Sync();
        if (error < 0)
            return error;
        _durableOffset = range.EndOffset;
        var mark = new SegmentMark { Epoch = Segment.Header.Epoch, Round = ++_round, Range = range, IndexEntries = _indexWritten, IndexCrc = _indexCrc };
        Span<byte> sector = stackalloc byte[HeaderSector.Bytes];
        mark.Write(sector);
        return Math.Min(0, _file.WriteAt(sector, SegmentMark.OffsetOf(_round)));
    }

    /// <summary>Ends the segment in order; see <see cref="SegmentCloser"/>. All of it is then on the medium, if <paramref name="sync"/>.</summary>
    public int Close(Span<byte> scratch, bool sync, bool mayTrim)
    {
        var error = SegmentCloser.Close(_file, Segment, _index, scratch, sync, mayTrim);
        if (error == 0)
            Segment.LiveIndex = null; // who looks from now on reads it from the file
        if (error == 0 && sync)
            _durableOffset = Segment.Range.EndOffset;
        return error;
    }

    /// <summary>Gives back the space of a segment that will not be written again; what the disk says to that is of no use.</summary>
    public void GiveUp()
    {
        var keptBytes = (Segment.Range.EndOffset + SegmentHeader.PageBytes - 1) & ~(SegmentHeader.PageBytes - 1L);
        if (!Segment.IsSealed && keptBytes < _file.Length && _file.SetLength(keptBytes) == 0)
            Segment.FileBytes = keptBytes;
        Segment.IsPoisoned = true;
        Dispose();
    }

    public void Dispose() => _file.Dispose();

    // A page of a file that had an earlier life is read from the disk when a part of it is written: with zeros up to its end it is not.
    private ReadOnlySpan<byte> ToPageEnd(ArraySegment<byte> batch, long start)
    {
        var end = start + batch.Count;
        var padding = (int)(-end & (SegmentHeader.PageBytes - 1));
        if (end + padding > _recordsEnd)
            return batch;
        batch.Array.AsSpan(batch.Offset + batch.Count, padding).Clear();
        return batch.Array.AsSpan(batch.Offset, batch.Count + padding);
    }

    private int WriteIndex(long region)
    {
        Span<byte> chunk = stackalloc byte[1_024];
        while (_indexWritten < _index.Count)
        {
            var bytes = chunk[.._index.Write(chunk, _indexWritten)];
            var error = _file.WriteAt(bytes, region + _indexWritten * SegmentIndex.EntryBytes);
            if (error < 0)
                return error;
            _indexCrc = Crc32C.Compute(bytes, _indexCrc);
            _indexWritten += bytes.Length / SegmentIndex.EntryBytes;
        }
        return 0;
    }

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
