using System.Buffers.Binary;
using System.Text;

namespace Sluice.Store;

/// <summary>Who a segment is: written once when it takes its first record, never changed while it lives.</summary>
/// <remarks>
/// A segment file is one page of header, then records end to end, then the index. Little-endian.
/// <code>
///      0  +-- identity ---------------------------------------------------------+
///         |   0 magic "SLUICE\r\n"      8 version = 2       12 CRC32C (see below) |
///         |  16 epoch                  24 segment number                         |
///         |  32 file size, bytes       40 run: epoch of the run's first segment  |
///         |  48 created, wall ns       56 created, monotonic ns                  |
///         |  64 clock rate             68 payload type (1 byte), 69 … 71 zero    |
///         |  72 encoding name, 32 bytes, zero-terminated                         |
///         | 104 channel name, 72 bytes, zero-terminated                          |
///    512  +-- seal (SegmentSeal): zero until closed -----------------------------+
///   1024  +-- mark (SegmentMark), even rounds: zero until the first sync --------+
///   1536  +-- mark, odd rounds --------------------------------------------------+
///   4096  +-- records (RecordCodec) ---------------------------------------------+
///         |   …                                                                  |
///   end   +-- index (SegmentIndex): grows with every sync -----------------------+
/// </code>
/// Each of the four blocks lies in a 512-byte sector of its own and has its own CRC32C at offset 12 of it, computed
/// over the sector with those four bytes zero: a write of one cannot tear another. The file's name is its number.
/// </remarks>
public readonly record struct SegmentHeader
{
    /// <summary>The header page; the first record stands right after it.</summary>
    public const int PageBytes = 4_096;

    /// <summary>
    /// 2 since there are two marks and the index has a place of its own. A file of another version is left alone and counted
    /// as no segment.
    /// </summary>
    public const int Version = 2;

    /// <summary>What makes this life of the file unlike all others; its low half is the commit word of its records.</summary>
    public ulong Epoch { get; init; }

    public ulong Number { get; init; }

    /// <summary>Bytes preallocated; a file found shorter has been cut.</summary>
    public long FileBytes { get; init; }

    /// <summary>Epoch of the first segment of the same run of the process: equal runs share one monotonic clock.</summary>
    public ulong Run { get; init; }

    public long CreatedWallNs { get; init; }
    public long CreatedNs { get; init; }
    public StoredMedia Media { get; init; }
    public string Channel { get; init; }

    public void Write(Span<byte> page)
    {
        var sector = page[..HeaderSector.Bytes];
        sector.Clear();
        Magic.CopyTo(sector);
        BinaryPrimitives.WriteInt32LittleEndian(sector[8..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[16..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[24..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(sector[32..], FileBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[40..], Run);
        BinaryPrimitives.WriteInt64LittleEndian(sector[48..], CreatedWallNs);
        BinaryPrimitives.WriteInt64LittleEndian(sector[56..], CreatedNs);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[64..], Media.ClockRate);
        sector[68] = Media.PayloadType;
        WriteText(Media.Encoding, sector.Slice(72, 32));
        WriteText(Channel, sector.Slice(104, 72));
        HeaderSector.Sign(sector);
    }

    public static bool TryRead(ReadOnlySpan<byte> page, out SegmentHeader header)
    {
        header = default;
        if (!HeaderSector.IsWhole(page))
            return false;
        var sector = page[..HeaderSector.Bytes];
        if (!sector.StartsWith(Magic) || BinaryPrimitives.ReadInt32LittleEndian(sector[8..]) != Version)
            return false;
        header = new SegmentHeader
        {
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(sector[16..]),
            Number = BinaryPrimitives.ReadUInt64LittleEndian(sector[24..]),
            FileBytes = BinaryPrimitives.ReadInt64LittleEndian(sector[32..]),
            Run = BinaryPrimitives.ReadUInt64LittleEndian(sector[40..]),
            CreatedWallNs = BinaryPrimitives.ReadInt64LittleEndian(sector[48..]),
            CreatedNs = BinaryPrimitives.ReadInt64LittleEndian(sector[56..]),
            Media = new(sector[68], BinaryPrimitives.ReadUInt32LittleEndian(sector[64..]), ReadText(sector.Slice(72, 32))),
            Channel = ReadText(sector.Slice(104, 72)),
        };
        return (uint)header.Epoch != 0 && header.FileBytes >= PageBytes;
    }

    /// <summary>
    /// The epoch of a segment: its low half differs for every number a channel ever uses (an odd factor is a
    /// permutation of 32 bits, and only 0 becomes 0), its high half cannot be guessed by who sends the payloads.
    /// </summary>
    public static ulong EpochOf(ulong number, ulong salt) => (salt << 32) | (uint)(number * 0x9E37_79B1);

    private static void WriteText(string text, Span<byte> field) => Encoding.UTF8.TryGetBytes(text, field[..^1], out _);

    private static string ReadText(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    private static ReadOnlySpan<byte> Magic => "SLUICE\r\n"u8;
}
