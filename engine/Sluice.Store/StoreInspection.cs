namespace Sluice.Store;

/// <summary>One segment as its file says it is.</summary>
/// <param name="Number">The segment's.</param>
/// <param name="Path">Its file.</param>
/// <param name="FileBytes">Its length.</param>
/// <param name="Range">What is in it; empty when it is no segment.</param>
/// <param name="Media">What the payloads are.</param>
/// <param name="Fault">What is wrong, as a sentence; null when it is in order.</param>
/// <param name="Note">What a person may want to know though it is in order; null when there is nothing.</param>
public sealed record SegmentReport(ulong Number, string Path, long FileBytes, SegmentRange Range, StoredMedia Media, string? Fault, string? Note);

/// <summary>Looks at a store's files without opening the store: no lock is taken and nothing is changed.</summary>
public static class StoreInspection
{
    /// <summary>The channels that have a directory with segments or space, by name; empty when there is no such store.</summary>
    public static IReadOnlyList<string> Channels(string store)
    {
        try
        {
            return [.. Directory.GetDirectories(store).Where(path => File.Exists(Path.Combine(path, "lock")))
                .Select(path => Path.GetFileName(path)!).Where(ChannelDirectory.IsName).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>
    /// A channel's logs as people name them, which are their places below the store: its own, and those of further tracks (<c>news/track1</c>).
    /// </summary>
    public static IReadOnlyList<string> Logs(string store, string channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return [channel, .. Enumerable.Range(1, StoreLimits.TracksMax - 1).Select(track => ChannelDirectory.LogOf(channel, track))
            .Where(log => File.Exists(Path.Combine(store, log, "lock")))];
    }

    /// <summary>Bytes that the channel has reserved and does not use.</summary>
    public static long FreeBytes(string directory) =>
        LinuxDisk.Instance.List(directory, ".free").Sum(path => new FileInfo(path) is { Exists: true } file ? file.Length : 0);

    /// <summary>Every segment of a channel; with <paramref name="isThorough"/> every record of it is read and its checksum computed.</summary>
    /// <param name="directory">The channel's.</param>
    /// <param name="isThorough">Else only what opening the store would look at.</param>
    /// <param name="progress">Told the bytes looked at after each segment.</param>
    /// <param name="stop">Ends it early.</param>
    public static IEnumerable<SegmentReport> Segments(string directory, bool isThorough, Action<long> progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(progress);
        long bytes = 0;
        foreach (var number in ChannelDirectory.List(directory, LinuxDisk.Instance))
        {
            if (stop.IsCancellationRequested)
                yield break;
            var path = ChannelDirectory.PathOf(directory, number);
            if (StoreExport.IsBlank(path))
                continue;
            var report = Look(number, path, isThorough);
            if (report is null)
                continue;
            progress(bytes += report.FileBytes);
            yield return report;
        }
    }

    private static SegmentReport? Look(ulong number, string path, bool isThorough)
    {
        if (!SegmentReader.TryOpen(path, out var reader, out var error))
            return new SegmentReport(number, path, 0, SegmentRange.Empty, default, $"cannot be read: {error.Message}", null);
        using (reader)
        {
            if (reader.Header.Number != number)
                return null; // on its way from one segment to the next
            if (reader.Seal is { } seal && !isThorough)
                return Of(reader, number, path, seal.Range, null, null);
            var index = new SegmentIndex(reader.Header.FileBytes);
            var status = SegmentScan.Run(reader, index, out var range, fromMark: !isThorough);
            return Of(reader, number, path, range, FaultOf(reader, range, status), NoteOf(reader, status, isThorough));
        }
    }

    private static string? FaultOf(SegmentReader reader, in SegmentRange range, ReadStatus status) => status switch
    {
        ReadStatus.Failed => $"cannot be read at byte {reader.Offset}: {Linux.Errno.Name(reader.Errno)}",
        _ when reader.Seal is { } seal && range != seal.Range =>
            $"ends at byte {range.EndOffset} with {range.Records} records, and {seal.Range.Records} were sealed",
        _ when range.EndOffset < reader.DurableOffset => $"ends at byte {range.EndOffset}, and it was on the disk up to {reader.DurableOffset}",
        _ => null,
    };

    private static string? NoteOf(SegmentReader reader, ReadStatus status, bool isThorough)
    {
        if (reader.Seal is null)
            return status == ReadStatus.Damaged ? "has a torn end, which the next opening cuts off" : "is being written, or was when its writer ended";
        return isThorough && !reader.TryReadIndex(new SegmentIndex(reader.Header.FileBytes)) ? "its index is harmed; readers go through it" : null;
    }

    private static SegmentReport Of(SegmentReader reader, ulong number, string path, in SegmentRange range, string? fault, string? note) =>
        new(number, path, reader.FileBytes, range, reader.Header.Media, fault, note);
}
