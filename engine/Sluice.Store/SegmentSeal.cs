using System.Buffers.Binary;

namespace Sluice.Store;

/// <summary>Where a closed segment's records end and what they span, so that opening it again reads one page only.</summary>
/// <remarks><code>
///    0 magic "SEALED\r\n"   8 index entries u32      12 CRC32C
///   16 epoch               24 … 72 range (SegmentRange): all of it
///   72 CRC32C of the index bytes                     80 offset of the index
/// </code></remarks>
public readonly record struct SegmentSeal
{
    /// <summary>Offset of this block in the header page.</summary>
    public const int Offset = 512;

    public ulong Epoch { get; init; }
    public SegmentRange Range { get; init; }
    public int IndexEntries { get; init; }
    public uint IndexCrc { get; init; }

    /// <summary>Where the index stands: at its place at the end of the file, or right behind the records of one that was cut.</summary>
    public long IndexOffset { get; init; }

    public void Write(Span<byte> sector)
    {
        sector = sector[..HeaderSector.Bytes];
        sector.Clear();
        Magic.CopyTo(sector);
        BinaryPrimitives.WriteInt32LittleEndian(sector[8..], IndexEntries);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[16..], Epoch);
        Range.Write(sector[24..]);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[72..], IndexCrc);
        BinaryPrimitives.WriteInt64LittleEndian(sector[80..], IndexOffset);
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
            Range = SegmentRange.Read(sector[24..]),
            IndexOffset = BinaryPrimitives.ReadInt64LittleEndian(sector[80..]),
        };
        return seal.Epoch == header.Epoch && seal.Range.IsWithin(header.FileBytes) && seal.IndexEntries >= 0
            && seal.IndexOffset >= seal.Range.EndOffset && seal.IndexOffset <= header.FileBytes;
    }

    private static ReadOnlySpan<byte> Magic => "SEALED\r\n"u8;
}
