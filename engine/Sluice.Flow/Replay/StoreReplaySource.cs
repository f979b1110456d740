using Sluice.Store;

namespace Sluice.Flow;

/// <summary>
/// A channel's store from a place on, while it is being written: what was received, as it was received. Its line of time is the monotonic clock
/// of now: exact for what this run has written; what an earlier run wrote is laid onto it by the wall clock.
/// </summary>
/// <param name="store">The channel's.</param>
/// <param name="cursor">In its place; the source's own from now on.</param>
/// <param name="wallMinusMonotonicNs">The engine's clock when it was made (<see cref="EngineClock"/>).</param>
/// <param name="endWallNs">The first delivery time, wall ns, that no longer belongs to it.</param>
public sealed class StoreReplaySource(ChannelStore store, StoreCursor cursor, long wallMinusMonotonicNs, long endWallNs = long.MaxValue) : ReplaySource
{
    private ulong _run;
    private long _lastNs = long.MinValue;
    private bool _hasGap;
    private RecordPlace _place;
    private RecordMeta _meta;

    /// <summary>
    /// A cursor at the first record at or after an instant, or at the newest access point at or before it; at the oldest of the window when
    /// that is later, and before what will come when nothing is held yet. Reads: control threads only.
    /// </summary>
    public static StoreCursor CursorAt(ChannelStore store, long wallNs, bool atAccessPoint)
    {
        var cursor = new StoreCursor(store);
        cursor.TrySeek(wallNs, atAccessPoint);
        return cursor;
    }

    /// <inheritdoc/>
    public override StoreCursor Cursor => cursor;

    /// <inheritdoc/>
    public override ReplayStatus TryNext(out ReplayPacket packet, out ReadOnlySpan<byte> payload)
    {
        packet = default;
        payload = default;
        CursorStatus status;
        StoredRecord record;
        // Each gap sets the cursor forward; what is harmed for long is passed at the next looks.
        for (var gaps = 0; (status = cursor.TryNext(out record)) == CursorStatus.Gap; _hasGap = true)
            if (++gaps > GapsPerCall)
                return ReplayStatus.Waiting;
        if (status == CursorStatus.AtEnd)
            return ReplayStatus.Waiting;
        if (record.Meta.DeliveryWallNs >= endWallNs)
            return ReplayStatus.Ended;
        (_place, _meta) = (new RecordPlace(cursor.Segment!.Header.Epoch, record.Offset), record.Meta);
        packet = Packet(record.Meta);
        payload = record.Payload;
        return ReplayStatus.Packet;
    }

    /// <inheritdoc/>
    internal override bool TryPeekPlace(out RecordPlace place)
    {
        var isWritten = cursor.TryPeekPlace(out var epoch, out var offset);
        place = new RecordPlace(epoch, offset);
        return isWritten;
    }

    /// <inheritdoc/>
    internal override ReplayStatus Take(in RecordMeta meta, int payloadBytes, out ReplayPacket packet)
    {
        packet = default;
        if (meta.DeliveryWallNs >= endWallNs)
            return ReplayStatus.Ended;
        packet = Packet(meta);
        cursor.Pass(RecordCodec.SizeOf(payloadBytes));
        return ReplayStatus.Packet;
    }

    /// <inheritdoc/>
    internal override bool TryTell(out RecordPlace place, out RecordMeta meta)
    {
        (place, meta) = (_place, _meta);
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        cursor.Dispose();
        base.Dispose(disposing);
    }

    // Another run's numbers and timestamps begin anew.
    private ReplayPacket Packet(in RecordMeta meta)
    {
        var run = cursor.Segment!.Header.Run;
        var isBreak = (meta.Flags & RecordFlags.Discontinuity) != 0 || run != _run || _hasGap;
        (_run, _hasGap) = (run, false);
        _lastNs = Math.Max(_lastNs, run == store.Run ? meta.DeliveryNs : meta.DeliveryWallNs - wallMinusMonotonicNs);
        return new ReplayPacket(_lastNs, meta.FeedSequence, meta.RtpTimestamp, meta.MarkerAndPayloadType, isBreak,
            (meta.Flags & RecordFlags.RandomAccess) != 0);
    }

    private const int GapsPerCall = 8;
}
