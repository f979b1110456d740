using System.Buffers.Binary;

namespace Sluice.Store;

/// <summary>The frame that the three blocks of a segment's header page share: 512 bytes, CRC32C at offset 12.</summary>
internal static class HeaderSector
{
    public const int Bytes = 512;

    public static void Sign(Span<byte> sector) =>
        BinaryPrimitives.WriteUInt32LittleEndian(sector[CrcAt..], Checksum(sector));

    public static bool IsWhole(ReadOnlySpan<byte> source) =>
        source.Length >= Bytes && BinaryPrimitives.ReadUInt32LittleEndian(source[CrcAt..]) == Checksum(source[..Bytes]);

    private static uint Checksum(ReadOnlySpan<byte> sector)
    {
        var crc = Crc32C.Compute(sector[..CrcAt]);
        crc = Crc32C.Compute([0, 0, 0, 0], crc);
        return Crc32C.Compute(sector[(CrcAt + 4)..], crc);
    }

    private const int CrcAt = 12;
}
