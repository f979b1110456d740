namespace Sluice.Wire.MpegTs;

/// <summary>
/// The CRC-32 of PSI sections (ISO/IEC 13818-1 Annex A): polynomial 0x04C11DB7, most significant bit first, starting from
/// all ones, not inverted. Over a section with its CRC the result is 0.
/// </summary>
public static class PsiCrc32
{
    public const int Size = 4;

    private const uint Polynomial = 0x04C1_1DB7;
    private static readonly uint[] Table = MakeTable();

    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xffff_ffff;
        foreach (byte b in bytes)
            crc = crc << 8 ^ Table[crc >> 24 ^ b];
        return crc;
    }

    /// <summary>By what (XOR) the CRC changes when some bytes change by these (XOR) and so many bytes follow them, the CRC's own not counted.</summary>
    public static uint Difference(ReadOnlySpan<byte> changes, int behind)
    {
        uint crc = 0;
        foreach (byte b in changes)
            crc = crc << 8 ^ Table[crc >> 24 ^ b];
        for (int i = 0; i < behind; i++)
            crc = crc << 8 ^ Table[crc >> 24];
        return crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint crc = i << 24;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000_0000) != 0 ? crc << 1 ^ Polynomial : crc << 1;
            table[i] = crc;
        }
        return table;
    }
}
