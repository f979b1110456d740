using Sluice.Linux;

namespace Sluice.Store;

/// <summary>Reads a segment through, for what its seal and index would have said.</summary>
public static class SegmentScan
{
    /// <summary>
    /// Reads from the last mark, or without a good one from the first record, to the first that is none; returns why it stopped. What a mark
    /// vouches for is not read: each record's checksum is looked at when it is served.
    /// </summary>
    public static ReadStatus Run(SegmentReader reader, SegmentIndex index, out SegmentRange range, bool fromMark = true)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(index);
        range = SegmentRange.Empty;
        if (fromMark && reader is { Seal: null, Mark: { } mark } && reader.TryReadIndex(index))
            range = mark.Range;
        else
            index.Clear();
        reader.Seek(range.EndOffset);
        ReadStatus status;
        while ((status = reader.TryNext(out var record)) == ReadStatus.Record)
        {
            index.Add(record.Meta, record.Offset);
            range = range.With(record.Meta, record.SizeBytes);
        }
        return status;
    }

    /// <summary>The index of a segment: as written when it was sealed, or rebuilt when that is missing or harmed.</summary>
    public static bool TryLoadIndex(string path, out SegmentIndex index, out LinuxError error) =>
        TryLoadIndex(path, LinuxDisk.Instance, out index, out error);

    internal static bool TryLoadIndex(string path, IStoreDisk disk, out SegmentIndex index, out LinuxError error)
    {
        index = null!;
        if (!SegmentReader.TryOpen(path, disk, out var reader, out error))
            return false;
        using (reader)
        {
            index = new SegmentIndex(reader.Header.FileBytes);
            if (reader.Seal is null || !reader.TryReadIndex(index))
                Run(reader, index, out _);
        }
        return true;
    }

    // The index as the file has it now, without reading the segment through; null when there is none or it is harmed.
    internal static SegmentIndex? WrittenIndex(string path, IStoreDisk disk)
    {
        if (!SegmentReader.TryOpen(path, disk, out var reader, out _))
            return null;
        using (reader)
        {
            var index = new SegmentIndex(reader.Header.FileBytes);
            return reader.TryReadIndex(index) ? index : null;
        }
    }
}
