using System.Buffers.Binary;

namespace Sluice.Sim;

/// <summary>
/// What a simulated payload says of itself, behind the adaptation field of its first TS packet: enough for a client to know
/// which packet it got and that nothing else was written over it.
/// </summary>
public readonly record struct PayloadStamp(long Id, int Source, int Epoch, uint Timestamp, long SentNs)
{
    /// <summary>TS header, adaptation field length, flags, PCR.</summary>
    public const int Offset = 12;
    public const int Size = 40;

    public void Write(Span<byte> payload)
    {
        var target = payload.Slice(Offset, Size);
        BinaryPrimitives.WriteInt64LittleEndian(target, Id);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], Source);
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(target[16..], Timestamp);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], SentNs);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], Hash());
    }

    /// <summary>False: these bytes are not one packet as it was sent.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out PayloadStamp stamp)
    {
        stamp = default;
        if (payload.Length < Offset + Size)
            return false;
        var source = payload.Slice(Offset, Size);
        stamp = new PayloadStamp(
            BinaryPrimitives.ReadInt64LittleEndian(source), BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[12..]), BinaryPrimitives.ReadUInt32LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]));
        return BinaryPrimitives.ReadUInt64LittleEndian(source[32..]) == stamp.Hash() && payload[^1] == (byte)stamp.Id;
    }

    private ulong Hash()
    {
        var x = (ulong)Id * 0x9E37_79B9_7F4A_7C15 ^ ((ulong)(uint)Source << 40 | (ulong)(uint)Epoch << 32 | Timestamp) ^ (ulong)SentNs * 0xC2B2_AE3D_27D4_EB4F;
        x = (x ^ (x >> 31)) * 0xBF58_476D_1CE4_E5B9;
        return x ^ (x >> 29);
    }
}
