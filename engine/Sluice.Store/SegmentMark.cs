using System.Buffers.Binary;

namespace Sluice.Store;

/// <summary>
/// How far a segment is known to be on the medium, written after each <c>fdatasync</c> that succeeded: recovery reads on from here. There are
/// two, written in turn, so that one that tears leaves the other; the higher round counts.
/// </summary>
/// <remarks><code>
///    0 magic "SYNCED\r\n"   8 index entries u32      12 CRC32C
///   16 epoch               24 round                 32 … 80 range (SegmentRange): what is durable
///   80 CRC32C of those index entries
/// </code></remarks>
public readonly record struct SegmentMark
{
    /// <summary>Offset of the first of the two blocks in the header page; the other follows it.</summary>
    public const int Offset = 1_024;

    public ulong Epoch { get; init; }
    public ulong Round { get; init; }
    public SegmentRange Range { get; init; }
    public int IndexEntries { get; init; }
    public uint IndexCrc { get; init; }

    public long DurableOffset => Range.EndOffset;

    /// <summary>Where a mark of this round stands in the file.</summary>
    public static int OffsetOf(ulong round) => Offset + (int)(round & 1) * HeaderSector.Bytes;

    public void Write(Span<byte> sector)
    {
        sector = sector[..HeaderSector.Bytes];
        sector.Clear();
        Magic.CopyTo(sector);
        BinaryPrimitives.WriteInt32LittleEndian(sector[8..], IndexEntries);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[16..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[24..], Round);
        Range.Write(sector[32..]);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[(32 + SegmentRange.Bytes)..], IndexCrc);
        HeaderSector.Sign(sector);
    }

    /// <summary>Reads the newer whole block out of a header page; false when both are absent, harmed, or another life's.</summary>
    public static bool TryRead(ReadOnlySpan<byte> page, in SegmentHeader header, out SegmentMark mark)
    {
        mark = default;
        var found = false;
        for (ulong slot = 0; slot < 2; slot++)
            if (TryReadSlot(page, slot, header, out var one) && (!found || one.Round > mark.Round))
                (mark, found) = (one, true);
        return found;
    }

    private static bool TryReadSlot(ReadOnlySpan<byte> page, ulong slot, in SegmentHeader header, out SegmentMark mark)
    {
        mark = default;
        if (page.Length < OffsetOf(slot) + HeaderSector.Bytes)
            return false;
        var sector = page.Slice(OffsetOf(slot), HeaderSector.Bytes);
        if (!HeaderSector.IsWhole(sector) || !sector.StartsWith(Magic))
            return false;
        mark = new SegmentMark
        {
            IndexEntries = BinaryPrimitives.ReadInt32LittleEndian(sector[8..]),
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(sector[16..]),
            Round = BinaryPrimitives.ReadUInt64LittleEndian(sector[24..]),
            Range = SegmentRange.Read(sector[32..]),
            IndexCrc = BinaryPrimitives.ReadUInt32LittleEndian(sector[(32 + SegmentRange.Bytes)..]),
        };
        return mark.Epoch == header.Epoch && mark.Range.IsWithin(header.FileBytes) && mark.IndexEntries >= 0;
    }

    private static ReadOnlySpan<byte> Magic => "SYNCED\r\n"u8;
}
