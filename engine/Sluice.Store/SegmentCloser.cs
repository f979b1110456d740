namespace Sluice.Store;

/// <summary>Closes a segment: the whole index, all of it on the medium, and only then the seal that vouches for it.</summary>
internal static class SegmentCloser
{
    /// <summary>
    /// Returns 0 or -errno; after an error the segment is simply not sealed, and is read on from its mark at the next opening.
    /// <paramref name="scratch"/> holds the index or a header sector, whichever is more.
    /// </summary>
    public static int Close(IStoreFile file, StoredSegment segment, SegmentIndex index, Span<byte> scratch, bool sync, bool mayTrim)
    {
        var indexBytes = scratch[..index.Write(scratch)];
        var keptBytes = KeptBytes(segment, indexBytes.Length, mayTrim);
        var seal = new SegmentSeal
        {
            Epoch = segment.Header.Epoch,
            Range = segment.Range,
            IndexEntries = index.Count,
            IndexCrc = Crc32C.Compute(indexBytes),
            IndexOffset = keptBytes is null ? SegmentIndex.RegionOf(segment.Header.FileBytes) : segment.Range.EndOffset,
        };
        var error = file.WriteAt(indexBytes, seal.IndexOffset);
        if (error >= 0 && keptBytes is { } kept && (error = file.SetLength(kept)) == 0)
            segment.FileBytes = kept;
        if (error >= 0 && sync)
            error = file.Sync();
        if (error < 0)
            return error;
        seal.Write(scratch);
        error = file.WriteAt(scratch[..HeaderSector.Bytes], SegmentSeal.Offset);
        segment.IsSealed = error >= 0;
        return Math.Min(error, 0);
    }

    // A segment closed early gives its unused space back, so that a process that restarts often does not push the
    // whole window out with empty files. A full one keeps its size, and can be written again as it is.
    private static long? KeptBytes(StoredSegment segment, int indexBytes, bool mayTrim)
    {
        var usedBytes = segment.Range.EndOffset + indexBytes;
        var keptBytes = (usedBytes + SegmentHeader.PageBytes - 1) & ~(SegmentHeader.PageBytes - 1L);
        var isCut = segment.FileBytes < segment.Header.FileBytes; // its index cannot stand in its place any more
        return isCut || mayTrim && segment.FileBytes - keptBytes >= segment.FileBytes / 8 ? keptBytes : null;
    }
}
