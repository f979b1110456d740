namespace Sluice.Store;

/// <summary>What a record says about its payload beside the bytes.</summary>
[Flags]
public enum RecordFlags : byte
{
    None = 0,

    /// <summary>The payload does not follow the one before it: loss, a source restart, or a new time base.</summary>
    Discontinuity = 1,

    /// <summary>A decoder may begin here.</summary>
    RandomAccess = 2,
}

/// <summary>
/// Everything about one stored packet except its payload. Two clocks, because each is wrong alone: the wall clock
/// labels an instant across restarts but may be stepped, the monotonic clock keeps the exact spacing within one run.
/// </summary>
public readonly record struct RecordMeta
{
    /// <summary>The packet's number on its channel's feed; rises by one a packet, gaps are packets never stored.</summary>
    public ulong FeedSequence { get; init; }

    /// <summary>Delivery time as wall clock, ns since 1970-01-01 UTC.</summary>
    public long DeliveryWallNs { get; init; }

    /// <summary>Delivery time on CLOCK_MONOTONIC, ns; comparable only between segments of the same run.</summary>
    public long DeliveryNs { get; init; }

    /// <summary>The source's RTP timestamp, 0 for raw MPEG-TS.</summary>
    public uint RtpTimestamp { get; init; }

    /// <summary>Marker bit and payload type as they stand in the second byte of an RTP packet (RFC 3550 §5.1).</summary>
    public byte MarkerAndPayloadType { get; init; }

    public RecordFlags Flags { get; init; }
}
