using Sluice.Linux;

namespace Sluice.Store;

/// <summary>Reads a segment through, for what its seal and index would have said.</summary>
public static class SegmentScan
{
    /// <summary>Reads from the first record to the first that is not one; returns why it stopped.</summary>
    public static ReadStatus Run(SegmentReader reader, SegmentIndex index, out SegmentRange range)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(index);
        index.Clear();
        range = SegmentRange.Empty;
        reader.Seek(SegmentHeader.PageBytes);
        ReadStatus status;
        while ((status = reader.TryNext(out var record)) == ReadStatus.Record)
        {
            index.Add(record.Meta, record.Offset);
            range = range.With(record.Meta, record.SizeBytes);
        }
        return status;
    }

    /// <summary>The index of a segment: as written when it was sealed, or rebuilt when that is missing or harmed.</summary>
    public static bool TryLoadIndex(string path, out SegmentIndex index, out LinuxError error)
    {
        index = null!;
        if (!SegmentReader.TryOpen(path, out var reader, out error))
            return false;
        using (reader)
        {
            index = new SegmentIndex(reader.Header.FileBytes);
            if (!reader.TryReadIndex(index))
                Run(reader, index, out _);
        }
        return true;
    }
}
