using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// What a channel's directory holds when it is opened again. A sealed segment is believed by its header page; any other
/// was being written when the process or the machine went: it is believed up to its mark, read through from there, ends at the first
/// record that is not whole, and is sealed there. It is never written further: new records go to a new segment with a new epoch.
/// </summary>
internal sealed class SegmentRecovery(ChannelDirectory directory, StoreOptions options, StoreCounters counters)
{
    private readonly IStoreDisk _disk = directory.Disk;

    /// <summary>Highest number in use, also by a file that is no segment; the next segment is one above.</summary>
    public ulong LastNumber { get; private set; }

    public List<StoredSegment> Run()
    {
        var found = new List<StoredSegment>();
        foreach (var number in ChannelDirectory.List(directory.Path, _disk))
        {
            LastNumber = Math.Max(LastNumber, number);
            if (TryRecover(number, out var segment))
                found.Add(segment);
        }
        found.Sort(static (a, b) => a.Header.Number.CompareTo(b.Header.Number));
        return found;
    }

    private bool TryRecover(ulong number, out StoredSegment segment)
    {
        segment = null!;
        var path = directory.PathOf(number);
        if (!SegmentReader.TryOpen(path, _disk, out var reader, out var error))
        {
            Reject(number, path, error);
            return false;
        }
        using (reader)
        {
            if (reader.Header.Number != number && !TryName(number, reader.Header.Number, ref path))
                Delete(number); // a file on its way from one segment to the next when the process ended
            else if (reader.Seal is { } seal)
                segment = new StoredSegment(path, reader.Header, seal.Range) { IsSealed = true };
            else
                segment = Scan(reader, path)!;
        }
        if (segment is null)
            return false;
        Open(segment);
        return true;
    }

    // The name of a segment taken from an older one did not outlive a power cut, though its content did.
    private bool TryName(ulong number, ulong named, ref string path)
    {
        if (named < number || !_disk.TryRename(path, directory.PathOf(named)))
            return false;
        path = directory.PathOf(named);
        LastNumber = Math.Max(LastNumber, named);
        return true;
    }

    private StoredSegment? Scan(SegmentReader reader, string path)
    {
        counters.SegmentsScanned++;
        var index = new SegmentIndex(reader.Header.FileBytes);
        var status = SegmentScan.Run(reader, index, out var range);
        if (range.EndOffset < reader.DurableOffset)
            counters.SegmentsShort++;
        if (status == ReadStatus.Failed)
            counters.LastErrno = reader.Errno;
        else if (range.Records == 0)
        {
            Delete(reader.Header.Number);
            return null;
        }
        var segment = new StoredSegment(path, reader.Header, range) { FileBytes = Math.Max(0, reader.FileBytes) };
        // Not sealed when the disk could not be read: it may answer next time, and then there is more to find.
        if (status != ReadStatus.Failed)
            Close(segment, index);
        return segment;
    }

    private void Close(StoredSegment segment, SegmentIndex index)
    {
        if (!_disk.TryOpen(segment.Path, write: true, out var file, out var error))
        {
            counters.LastErrno = error.Errno;
            return;
        }
        var scratch = new byte[Math.Max(HeaderSector.Bytes, index.Count * SegmentIndex.EntryBytes)];
        var result = SegmentCloser.Close(file, segment, index, scratch, options.IsSynced, mayTrim: true);
        if (result < 0)
            counters.LastErrno = -result;
        file.Dispose();
    }

    private void Open(StoredSegment segment)
    {
        if (!_disk.TryOpen(segment.Path, write: false, out var file, out var error))
        {
            counters.LastErrno = error.Errno;
            return;
        }
        segment.FileBytes = Math.Max(0, file.Length);
        segment.Mapping = file.Map();
        file.Dispose();
    }

    // A page of zeros is a segment prepared and never begun. Anything else may be worth a person's look: it stays.
    private void Reject(ulong number, string path, LinuxError error)
    {
        if (error.Errno == Errno.EINVAL && IsBlank(path))
        {
            Delete(number);
            return;
        }
        counters.SegmentsRejected++;
        counters.LastErrno = error.Errno;
    }

    private bool IsBlank(string path)
    {
        if (!_disk.TryOpen(path, write: false, out var file, out _))
            return false;
        Span<byte> page = stackalloc byte[SegmentHeader.PageBytes];
        var got = file.ReadAt(page, 0);
        file.Dispose();
        return got >= 0 && !page[..got].ContainsAnyExcept((byte)0);
    }

    private void Delete(ulong number)
    {
        if (directory.TryDelete(number))
            counters.SegmentsDeleted++;
    }
}
