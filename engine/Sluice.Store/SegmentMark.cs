using System.Buffers.Binary;

namespace Sluice.Store;

/// <summary>
/// How far a segment is known to be on the medium: written after each <c>fdatasync</c> that succeeded. Recovery that
/// ends before this point has found decay, not a torn tail, and says so.
/// </summary>
/// <remarks><code>
///    0 magic "SYNCED\r\n"   8 zero                   12 CRC32C
///   16 epoch               24 end of the records that are durable
/// </code></remarks>
public readonly record struct SegmentMark(ulong Epoch, long DurableOffset)
{
    /// <summary>Offset of this block in the header page.</summary>
    public const int Offset = 1_024;

    public void Write(Span<byte> sector)
    {
        sector = sector[..HeaderSector.Bytes];
        sector.Clear();
        Magic.CopyTo(sector);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[16..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(sector[24..], DurableOffset);
        HeaderSector.Sign(sector);
    }

    /// <summary>Reads the block out of a whole header page; false when it is absent, harmed, or another life's.</summary>
    public static bool TryRead(ReadOnlySpan<byte> page, in SegmentHeader header, out SegmentMark mark)
    {
        mark = default;
        if (page.Length < Offset + HeaderSector.Bytes)
            return false;
        var sector = page.Slice(Offset, HeaderSector.Bytes);
        if (!HeaderSector.IsWhole(sector) || !sector.StartsWith(Magic))
            return false;
        mark = new SegmentMark(
            BinaryPrimitives.ReadUInt64LittleEndian(sector[16..]), BinaryPrimitives.ReadInt64LittleEndian(sector[24..]));
        return mark.Epoch == header.Epoch && mark.DurableOffset >= SegmentHeader.PageBytes && mark.DurableOffset <= header.FileBytes;
    }

    private static ReadOnlySpan<byte> Magic => "SYNCED\r\n"u8;
}
