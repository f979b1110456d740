namespace Sluice.Store;

/// <summary>What an export found.</summary>
/// <param name="Records">Written.</param>
/// <param name="Bytes">Of their payloads.</param>
/// <param name="SegmentsHarmed">Segments that stop at bytes that are no record, or cannot be read: what they held behind that is missing.</param>
/// <param name="OtherMedia">The encoding of segments left out because their payloads cannot be put end to end; null when there were none.</param>
public readonly record struct ExportResult(long Records, long Bytes, int SegmentsHarmed, string? OtherMedia);

/// <summary>
/// Writes a channel's payloads of a time end to end, as they came in: for MPEG-TS that is a .ts file. Needs no lock, so that a channel may be
/// exported while it is being written.
/// </summary>
public static class StoreExport
{
    /// <param name="directory">The channel's.</param>
    /// <param name="fromNs">The first delivery time, wall ns.</param>
    /// <param name="toNs">The first delivery time that is no longer wanted.</param>
    /// <param name="target">Where the payloads go.</param>
    /// <param name="progress">Told the bytes read, now and then.</param>
    /// <param name="stop">Ends it early.</param>
    public static ExportResult Run(string directory, long fromNs, long toNs, Stream target, Action<long> progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(progress);
        var result = default(ExportResult);
        foreach (var number in ChannelDirectory.List(directory, LinuxDisk.Instance))
        {
            var path = ChannelDirectory.PathOf(directory, number);
            if (!SegmentReader.TryOpen(path, out var reader, out _))
            {
                if (!IsBlank(path))
                    result = result with { SegmentsHarmed = result.SegmentsHarmed + 1 };
                continue;
            }
            using (reader)
                if (reader.Header.Number == number && IsWanted(reader, fromNs, toNs))
                    result = reader.Header.Media.Encoding == StoredMedia.MpegTs.Encoding
                        ? Copy(reader, fromNs, toNs, target, result, progress, stop) : result with { OtherMedia = reader.Header.Media.Encoding };
        }
        return result;
    }

    private static bool IsWanted(SegmentReader reader, long fromNs, long toNs) =>
        reader.Header.CreatedWallNs < toNs && !(reader.Seal is { } seal && seal.Range.LastWallNs < fromNs);

    private static ExportResult Copy(
        SegmentReader reader, long fromNs, long toNs, Stream target, ExportResult result, Action<long> progress, CancellationToken stop)
    {
        // An entry says where to begin; what comes from there is looked at one by one.
        var index = new SegmentIndex(reader.Header.FileBytes);
        if (reader.TryReadIndex(index) && index.TryFind(fromNs, randomAccessOnly: false, out var entry))
            reader.Seek(entry.Offset);
        var status = ReadStatus.End;
        while (!stop.IsCancellationRequested && (status = reader.TryNext(out var record)) == ReadStatus.Record)
        {
            if (record.Meta.DeliveryWallNs < fromNs || record.Meta.DeliveryWallNs >= toNs)
                continue;
            target.Write(record.Payload);
            result = result with { Records = result.Records + 1, Bytes = result.Bytes + record.Payload.Length };
            if (result.Records % 1_024 == 0)
                progress(result.Bytes);
        }
        return status is ReadStatus.Damaged or ReadStatus.Failed ? result with { SegmentsHarmed = result.SegmentsHarmed + 1 } : result;
    }

    // Made ahead of need and not begun: nothing is missing.
    internal static bool IsBlank(string path)
    {
        if (!LinuxDisk.Instance.TryOpen(path, write: false, out var file, out _))
            return false;
        using (file)
        {
            Span<byte> page = stackalloc byte[SegmentHeader.PageBytes];
            var got = file.ReadAt(page, 0);
            return got >= 0 && !page[..got].ContainsAnyExcept((byte)0);
        }
    }
}
