using Sluice.Linux;

namespace Sluice.Store;

/// <summary>Closes a segment: index after the last record, all of it on the medium, and only then the seal that vouches for it.</summary>
internal static class SegmentCloser
{
    /// <summary>Returns 0 or -errno; after an error the segment is simply not sealed, and will be read through at the next opening.</summary>
    public static int Close(DataFile file, StoredSegment segment, SegmentIndex index, Span<byte> scratch, bool sync, StoreFaults? faults)
    {
        var end = segment.Range.EndOffset;
        var indexBytes = scratch[..index.Write(scratch)];
        var seal = new SegmentSeal
        {
            Epoch = segment.Header.Epoch,
            Range = segment.Range,
            IndexEntries = index.Count,
            IndexCrc = Crc32C.Compute(indexBytes),
        };
        var error = Write(file, indexBytes, end, faults);
        if (error >= 0)
            error = Trim(file, segment, end + indexBytes.Length);
        if (error >= 0 && sync)
            error = faults is { SyncErrno: > 0 } ? -faults.SyncErrno : file.Sync();
        if (error < 0)
            return error;
        seal.Write(scratch);
        error = Write(file, scratch[..HeaderSector.Bytes], SegmentSeal.Offset, faults);
        segment.IsSealed = error >= 0;
        return Math.Min(error, 0);
    }

    public static int Write(DataFile file, ReadOnlySpan<byte> bytes, long offset, StoreFaults? faults) =>
        faults?.TakeWrite() is > 0 and var errno ? -errno : file.WriteAt(bytes, offset);

    // A segment closed early gives its unused space back, so that a process that restarts often does not push the
    // whole window out with empty files. A full one keeps its size, and can be written again as it is.
    private static int Trim(DataFile file, StoredSegment segment, long usedBytes)
    {
        var keptBytes = (usedBytes + SegmentHeader.PageBytes - 1) & ~(SegmentHeader.PageBytes - 1L);
        if (segment.FileBytes - keptBytes < segment.FileBytes / 8)
            return 0;
        var error = file.SetLength(keptBytes);
        if (error == 0)
            segment.FileBytes = keptBytes;
        return error;
    }
}
