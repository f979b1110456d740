using System.Buffers.Binary;
using System.Numerics;

namespace Sluice.Load.Payload;

/// <summary>CRC-32C (Castagnoli; RFC 3720 appendix B.4), by the processor's instruction where it has one. Calls chain through the seed.</summary>
public static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> bytes, uint seed = 0)
    {
        var crc = ~seed;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}
