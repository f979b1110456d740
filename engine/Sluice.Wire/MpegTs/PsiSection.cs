using System.Buffers.Binary;
using System.Diagnostics;

namespace Sluice.Wire.MpegTs;

/// <summary>
/// One PSI section of the long form seen in place, its CRC checked before anything else is believed
/// (ISO/IEC 13818-1 §2.4.4).
/// </summary>
// | table_id | 1 0 11 section_length(12) | table_id_extension | 11 version(5) current_next | number | last | body | CRC32 |
public readonly ref struct PsiSection
{
    /// <summary>Table id and section length: enough to know how long the section is.</summary>
    public const int HeadSize = 3;

    /// <summary>Bytes before the body.</summary>
    public const int BodyOffset = 8;

    /// <summary>A private section: section_length 4093 plus the head.</summary>
    public const int SizeMax = HeadSize + 4093;

    /// <summary>PAT, CAT and PMT: section_length 1021 plus the head.</summary>
    public const int ProgramTableSizeMax = HeadSize + 1021;

    public const byte PatTableId = 0x00;
    public const byte PmtTableId = 0x02;

    private const int SizeMin = BodyOffset + PsiCrc32.Size;
    private readonly ReadOnlySpan<byte> _bytes;

    private PsiSection(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public byte TableId => _bytes[0];

    /// <summary>Transport stream id in a PAT, program number in a PMT.</summary>
    public ushort TableIdExtension => BinaryPrimitives.ReadUInt16BigEndian(_bytes[3..]);
    public byte Version => (byte)(_bytes[5] >> 1 & 0x1f);

    /// <summary>False: this table is announced, not yet valid.</summary>
    public bool IsCurrent => (_bytes[5] & 1) != 0;
    public byte SectionNumber => _bytes[6];
    public byte LastSectionNumber => _bytes[7];
    public ReadOnlySpan<byte> Body => _bytes[BodyOffset..^PsiCrc32.Size];

    /// <summary>The whole section, head and CRC included.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Bytes that the section starting here will have, from its first three; 0 when those are not here yet.</summary>
    internal static int SizeOf(ReadOnlySpan<byte> start) =>
        start.Length < HeadSize ? 0 : HeadSize + (BinaryPrimitives.ReadUInt16BigEndian(start[1..]) & 0xfff);

    /// <summary>Takes exactly one long-form section with a right CRC; short-form sections have none and are refused.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, out PsiSection section)
    {
        section = default;
        int size = SizeOf(source);
        if (size != source.Length || size < SizeMin || size > SizeLimit(source[0]))
            return false;
        if ((source[1] & 0x80) == 0 || PsiCrc32.Compute(source) != 0)
            return false;
        section = new PsiSection(source);
        return true;
    }

    /// <summary>
    /// Closes a section whose body stands in place: writes head and CRC around it, current, number 0 of 0. Returns its size.
    /// </summary>
    internal static int Finish(Span<byte> target, byte tableId, ushort tableIdExtension, byte version, int bodySize)
    {
        int size = BodyOffset + bodySize + PsiCrc32.Size;
        Debug.Assert(size <= SizeLimit(tableId), "A table that long needs several sections.");
        target[0] = tableId;
        BinaryPrimitives.WriteUInt16BigEndian(target[1..], (ushort)(0xb000 | (size - HeadSize)));
        BinaryPrimitives.WriteUInt16BigEndian(target[3..], tableIdExtension);
        target[5] = (byte)(0xc1 | (version & 0x1f) << 1);
        target[6] = 0;
        target[7] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(target[(size - 4)..], PsiCrc32.Compute(target[..(size - 4)]));
        return size;
    }

    private static int SizeLimit(byte tableId) => tableId <= PmtTableId ? ProgramTableSizeMax : SizeMax;
}
