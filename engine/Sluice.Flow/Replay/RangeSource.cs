using Sluice.Store;

namespace Sluice.Flow;

/// <summary>
/// One turn through a stretch of a channel. Its line of time is the monotonic clock of each run from where the wall clock put the run's first record, so
/// that a wall clock that was set meanwhile moves nothing. Owned by the replay thread.
/// </summary>
internal sealed class RangeSource : ReplaySource
{
    private readonly StoredRange _range;
    private ulong _run;
    private long _lineMinusMonotonicNs, _lastNs = long.MinValue;

    public RangeSource(StoredRange range)
    {
        _range = range;
        range.Rewind();
    }

    /// <summary>A turn may begin, and must end, with the packet last read: by its place, because wall clocks may be set.</summary>
    public bool MayBegin => _range.IsFromBegin;
    public bool MayEnd => _range.IsFromEnd;

    public override ReplayStatus TryNext(out ReplayPacket packet, out ReadOnlySpan<byte> payload)
    {
        (packet, var status) = (default, ReplayStatus.Ended);
        payload = default;
        if (!_range.TryNext(out var record))
            return status;
        var meta = record.Meta;
        payload = record.Payload;
        packet = new ReplayPacket(
            LineNs(in meta), meta.FeedSequence, meta.RtpTimestamp, meta.MarkerAndPayloadType, (meta.Flags & RecordFlags.Discontinuity) != 0);
        return ReplayStatus.Packet;
    }

    private long LineNs(in RecordMeta meta)
    {
        var run = _range.Header.Run;
        if (run != _run)
            (_run, _lineMinusMonotonicNs) = (run, meta.DeliveryWallNs - meta.DeliveryNs);
        return _lastNs = Math.Max(_lastNs, meta.DeliveryNs + _lineMinusMonotonicNs);
    }
}
