using System.Buffers.Binary;

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

    internal const int Bytes = 48;

    /// <summary>The six fields in the order in which they stand above, 8 bytes each.</summary>
    internal void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteInt64LittleEndian(target, EndOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], Records);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], LastSequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], FirstWallNs);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], LastWallNs);
    }

    internal static SegmentRange Read(ReadOnlySpan<byte> source) => new()
    {
        EndOffset = BinaryPrimitives.ReadInt64LittleEndian(source),
        Records = BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
        FirstSequence = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
        LastSequence = BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
        FirstWallNs = BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
        LastWallNs = BinaryPrimitives.ReadInt64LittleEndian(source[40..]),
    };

    /// <summary>Whether it can be of a segment of this size.</summary>
    internal bool IsWithin(long fileBytes) => EndOffset >= SegmentHeader.PageBytes && EndOffset <= fileBytes && Records >= 0;
}
