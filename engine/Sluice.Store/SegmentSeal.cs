using System.Buffers.Binary;

namespace Sluice.Store;

/// <summary>Where a closed segment's records end and what they span, so that opening it again reads one page only.</summary>
/// <remarks><code>
///    0 magic "SEALED\r\n"   8 index entries          12 CRC32C
///   16 epoch               24 end of the records     32 records
///   40 first feed sequence 48 last feed sequence
///   56 first wall ns       64 last wall ns           72 CRC32C of the index bytes
/// </code></remarks>
public readonly record struct SegmentSeal
{
    /// <summary>Offset of this block in the header page.</summary>
    public const int Offset = 512;

    public ulong Epoch { get; init; }
    public SegmentRange Range { get; init; }
    public int IndexEntries { get; init; }
    public uint IndexCrc { get; init; }

    public void Write(Span<byte> sector)
    {
        sector = sector[..HeaderSector.Bytes];
        sector.Clear();
        Magic.CopyTo(sector);
        BinaryPrimitives.WriteInt32LittleEndian(sector[8..], IndexEntries);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[16..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(sector[24..], Range.EndOffset);
        BinaryPrimitives.WriteInt64LittleEndian(sector[32..], Range.Records);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[40..], Range.FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[48..], Range.LastSequence);
        BinaryPrimitives.WriteInt64LittleEndian(sector[56..], Range.FirstWallNs);
        BinaryPrimitives.WriteInt64LittleEndian(sector[64..], Range.LastWallNs);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[72..], IndexCrc);
        HeaderSector.Sign(sector);
    }

    /// <summary>Reads the block out of a whole header page; false when it is absent, harmed, or another life's.</summary>
    public static bool TryRead(ReadOnlySpan<byte> page, in SegmentHeader header, out SegmentSeal seal)
    {
        seal = default;
        if (page.Length < Offset + HeaderSector.Bytes)
            return false;
        var sector = page.Slice(Offset, HeaderSector.Bytes);
        if (!HeaderSector.IsWhole(sector) || !sector.StartsWith(Magic))
            return false;
        seal = new SegmentSeal
        {
            IndexEntries = BinaryPrimitives.ReadInt32LittleEndian(sector[8..]),
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(sector[16..]),
            IndexCrc = BinaryPrimitives.ReadUInt32LittleEndian(sector[72..]),
            Range = new SegmentRange
            {
                EndOffset = BinaryPrimitives.ReadInt64LittleEndian(sector[24..]),
                Records = BinaryPrimitives.ReadInt64LittleEndian(sector[32..]),
                FirstSequence = BinaryPrimitives.ReadUInt64LittleEndian(sector[40..]),
                LastSequence = BinaryPrimitives.ReadUInt64LittleEndian(sector[48..]),
                FirstWallNs = BinaryPrimitives.ReadInt64LittleEndian(sector[56..]),
                LastWallNs = BinaryPrimitives.ReadInt64LittleEndian(sector[64..]),
            },
        };
        return seal.Epoch == header.Epoch && seal.Range.EndOffset >= SegmentHeader.PageBytes
            && seal.Range.EndOffset <= header.FileBytes && seal.IndexEntries >= 0;
    }

    private static ReadOnlySpan<byte> Magic => "SEALED\r\n"u8;
}
