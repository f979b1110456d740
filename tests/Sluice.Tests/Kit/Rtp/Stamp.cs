using System.Buffers.Binary;
using System.Numerics;

namespace Sluice.Tests.Kit.Rtp;

/// <summary>
/// What a <see cref="StampedSender"/> writes into a payload, so that a receiver knows each packet again whatever its header says:
/// which stream, which packet, when it was sent (CLOCK_REALTIME, ns), and a CRC-32C over the whole payload.
/// </summary>
internal readonly record struct Stamp(uint StreamId, int Index, long SentNs)
{
    private const uint Magic = 0x534C_5543;
    private const int Size = 28, CrcOffset = 24;

    /// <summary>Where the stamp lies: after the header of the first TS packet of the payload.</summary>
    private const int Offset = 4;

    public static long NowNs() => (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) * 100;

    public void Write(Span<byte> payload)
    {
        var at = payload[Offset..];
        BinaryPrimitives.WriteUInt32BigEndian(at, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(at[4..], StreamId);
        BinaryPrimitives.WriteInt64BigEndian(at[8..], Index);
        BinaryPrimitives.WriteInt64BigEndian(at[16..], SentNs);
        BinaryPrimitives.WriteUInt32BigEndian(at[CrcOffset..], Crc(payload));
    }

    /// <summary>False when there is no stamp or any byte of the payload changed on the way.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out Stamp stamp)
    {
        stamp = default;
        if (payload.Length < Offset + Size) return false;
        var at = payload[Offset..];
        if (BinaryPrimitives.ReadUInt32BigEndian(at) != Magic || BinaryPrimitives.ReadUInt32BigEndian(at[CrcOffset..]) != Crc(payload)) return false;
        stamp = new Stamp(BinaryPrimitives.ReadUInt32BigEndian(at[4..]), (int)BinaryPrimitives.ReadInt64BigEndian(at[8..]),
            BinaryPrimitives.ReadInt64BigEndian(at[16..]));
        return true;
    }

    /// <summary>The index alone, without the check of every byte.</summary>
    public static bool TryReadIndex(ReadOnlySpan<byte> payload, out int index)
    {
        index = -1;
        if (payload.Length < Offset + Size || BinaryPrimitives.ReadUInt32BigEndian(payload[Offset..]) != Magic) return false;
        index = (int)BinaryPrimitives.ReadInt64BigEndian(payload[(Offset + 8)..]);
        return true;
    }

    private static uint Crc(ReadOnlySpan<byte> payload) =>
        Add(Add(uint.MaxValue, payload[..(Offset + CrcOffset)]), payload[(Offset + Size)..]);

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes) crc = BitOperations.Crc32C(crc, one);
        return crc;
    }
}
