using Sluice.Linux;
using Sluice.Wire.MpegTs;
using Sluice.Wire.RandomAccess;

namespace Sluice.Store;

/// <summary>Puts an MPEG-TS file into a channel, seven packets a record, each with the delivery time that its clock asks for.</summary>
public static class TsImport
{
    private const int RecordBytes = TsDatagram.UsualPackets * TsPacket.Size;

    /// <summary>Records between two looks at what the store has to do beside: about a megabyte.</summary>
    private const int RecordsAPass = 800;

    /// <summary>Where the channel ends now: the wall time and the feed sequence after its last record; zeros when it is empty.</summary>
    public static (long WallNs, ulong Sequence) EndOf(ChannelStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        var held = store.Segments.Where(segment => segment.Range.Records > 0).ToList();
        return held.Count == 0 ? (0, 0) : (held.Max(segment => segment.Range.LastWallNs) + 1, held.Max(segment => segment.Range.LastSequence) + 1);
    }

    /// <summary>Appends the file and syncs it. Returns the records written; less than all of them when the disk refused or it was stopped.</summary>
    /// <param name="store">Open, of nobody else.</param>
    /// <param name="file">From its beginning.</param>
    /// <param name="timeline">Of this file.</param>
    /// <param name="wallNs">Delivery time of the first packet.</param>
    /// <param name="progress">Told the bytes done, now and then.</param>
    /// <param name="stop">Ends it early.</param>
    public static long Run(ChannelStore store, Stream file, TsTimeline timeline, long wallNs, Action<long> progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(timeline);
        ArgumentNullException.ThrowIfNull(progress);
        var (finder, payload, sequence) = (new TsAccessFinder(), new byte[RecordBytes], EndOf(store).Sequence);
        var start = SystemClock.Now;
        store.SetMedia(StoredMedia.MpegTs, start);
        long records = 0;
        for (int got; (got = file.ReadAtLeast(payload, RecordBytes, throwOnEndOfStream: false)) > 0; records++)
        {
            var ns = timeline.NsOf(records * TsDatagram.UsualPackets);
            var isAccess = finder.Receive(payload.AsSpan(0, got), (uint)records);
            var meta = new RecordMeta
            {
                FeedSequence = sequence + (ulong)records,
                DeliveryWallNs = wallNs + ns,
                DeliveryNs = start.Ns + ns,
                RtpTimestamp = (uint)(ns * 9 / 100_000),
                MarkerAndPayloadType = StoredMedia.MpegTs.PayloadType,
                Flags = (records == 0 ? RecordFlags.Discontinuity : 0) | (isAccess ? RecordFlags.RandomAccess : 0),
            };
            if (store.Append(in meta, payload.AsSpan(0, got), SystemClock.Now) != AppendResult.Staged)
                break;
            if (records % RecordsAPass != 0)
                continue;
            if (stop.IsCancellationRequested || store.Flush(SystemClock.Now).Errno != 0)
                break;
            store.Maintain(SystemClock.Now);
            progress(records * RecordBytes);
        }
        store.Flush(SystemClock.Now);
        store.Sync(SystemClock.Now);
        return Math.Min(records, store.Counters.Records);
    }
}
