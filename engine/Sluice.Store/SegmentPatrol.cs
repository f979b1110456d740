using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// Looks after files that somebody else deletes or cuts while the store is open: what is gone leaves the window, what is left of a cut
/// one is kept. Also asks how much is in the page cache. Owned by the store thread.
/// </summary>
internal sealed class SegmentPatrol(IStoreDisk disk, SegmentList segments, StoreCounters counters)
{
    private int _next;

    /// <summary>Looks at some of the segments, each call at the next ones; false when it is <paramref name="writing"/> that was harmed.</summary>
    public bool Look(StoredSegment? writing)
    {
        var isWell = writing is null || IsWell(writing);
        for (var n = Math.Min(segments.Count, StoreLimits.LooksMax); n > 0 && segments.Count > 0; n--)
        {
            _next %= segments.Count;
            var segment = segments[_next];
            if (segment == writing || IsWell(segment))
                _next++;
        }
        LookAtMemory();
        return isWell;
    }

    /// <summary>Whether the file is there and as long as it was made; what is left of one that is not has been told anew when this returns.</summary>
    public bool IsWell(StoredSegment segment)
    {
        if (!disk.TryOpen(segment.Path, write: false, out var file, out var error))
        {
            if (error.Errno == Errno.ENOENT)
                Lose(segment);
            else
                counters.LastErrno = error.Errno;
            return error.Errno != Errno.ENOENT;
        }
        var length = file.Length;
        file.Dispose();
        // Its whole length counts: what is written on into a file that was cut makes it longer again, with a hole in it.
        if (length < 0 || length >= segment.FileBytes)
            return true;
        counters.SegmentsCut++;
        SealAgain(segment);
        return false;
    }

    private void Lose(StoredSegment segment)
    {
        counters.SegmentsMissing++;
        segment.Retire();
        segments.Remove(segment);
    }

    // What is left of it is as good as it was: its end is told anew, as recovery would.
    private void SealAgain(StoredSegment segment)
    {
        if (Cut(segment) is not { } index || !disk.TryOpen(segment.Path, write: true, out var file, out _))
            return;
        var scratch = new byte[Math.Max(HeaderSector.Bytes, index.Count * SegmentIndex.EntryBytes)];
        if (SegmentCloser.Close(file, segment, index, scratch, sync: true, mayTrim: true) is < 0 and var result)
            counters.LastErrno = -result;
        file.Dispose();
    }

    private SegmentIndex? Cut(StoredSegment segment)
    {
        if (!SegmentReader.TryOpen(segment.Path, disk, out var reader, out _))
        {
            Lose(segment);
            return null;
        }
        using (reader)
        {
            var index = new SegmentIndex(segment.Header.FileBytes);
            SegmentScan.Run(reader, index, out var range, fromMark: false);
            segment.IsPoisoned = true;
            segment.FileBytes = Math.Max(0, reader.FileBytes);
            segment.Advance(range);
            return index;
        }
    }

    // One segment a time: asking costs a microsecond a MiB.
    private void LookAtMemory()
    {
        if (segments.Count == 0)
            return;
        var segment = segments[_memoryNext++ % segments.Count];
        segment.ResidentBytes = segment.Mapping?.ResidentBytes(0, Math.Min(segment.Mapping.Length, segment.EndOffset)) ?? 0;
    }

    private int _memoryNext;
}
