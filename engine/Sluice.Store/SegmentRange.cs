namespace Sluice.Store;

/// <summary>What lies in a segment: the end of its readable records and the sequence numbers and times they span.</summary>
public readonly record struct SegmentRange
{
    /// <summary>Of a segment without records.</summary>
    public static SegmentRange Empty { get; } = new() { EndOffset = SegmentHeader.PageBytes };

    /// <summary>Where the next record would begin; nothing at or past it is ever served.</summary>
    public long EndOffset { get; init; }

    public long Records { get; init; }
    public ulong FirstSequence { get; init; }
    public ulong LastSequence { get; init; }
    public long FirstWallNs { get; init; }
    public long LastWallNs { get; init; }

    /// <summary>The range with one more record of this size.</summary>
    public SegmentRange With(in RecordMeta meta, int recordBytes) => new()
    {
        EndOffset = EndOffset + recordBytes,
        Records = Records + 1,
        FirstSequence = Records == 0 ? meta.FeedSequence : FirstSequence,
        LastSequence = meta.FeedSequence,
        FirstWallNs = Records == 0 ? meta.DeliveryWallNs : FirstWallNs,
        LastWallNs = meta.DeliveryWallNs,
    };
}
