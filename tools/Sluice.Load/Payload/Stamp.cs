using System.Buffers.Binary;
using Sluice.Wire.MpegTs;

namespace Sluice.Load.Payload;

/// <summary>What <see cref="Stamp.Read"/> found in a payload.</summary>
public enum StampVerdict
{
    /// <summary>No stamp: somebody else's payload.</summary>
    Absent,

    /// <summary>A stamp whose checksum does not fit the bytes.</summary>
    Corrupt,
    Valid,
}

/// <summary>
/// What the generator writes into every payload, so that a receiver knows each packet again whatever was done to its headers. It
/// fills a null packet (PID 0x1FFF), so that servers that look at the transport stream pass it on.
/// </summary>
/// <param name="Run">Drawn anew by each start of the sender.</param>
/// <param name="Stream">Number of the stream within the run.</param>
/// <param name="Index">Number of the packet within the stream, 0 and up; a packet that was dropped on purpose has used its number.</param>
/// <param name="SentNs">When it was handed to the kernel, on CLOCK_MONOTONIC: comparable on one machine only.</param>
// Behind the four header bytes of the null packet, big-endian:
// | magic 4 | run 4 | stream 4 | index 8 | sent 8 | covered 4 | crc 4 |   crc: CRC-32C of the first `covered` payload bytes, itself as 0
public readonly record struct Stamp(uint Run, uint Stream, long Index, long SentNs)
{
    public const int Size = 36;
    private const uint Magic = 0x534C_4F44;   // "SLOD"
    private const int CoveredOffset = 28, CrcOffset = 32;

    /// <summary>Makes the null packet at <paramref name="at"/> of the payload a stamp.</summary>
    /// <param name="covered">How many leading bytes of the payload the checksum covers; at least all of the stamp.</param>
    public void Write(Span<byte> payload, int at, int covered)
    {
        var target = payload.Slice(at + TsPacket.HeaderSize, Size);
        TsPacket.WriteHeader(payload[at..], TsPacket.NullPid, false, false, true, 0);
        BinaryPrimitives.WriteUInt32BigEndian(target, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], Run);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], Stream);
        BinaryPrimitives.WriteInt64BigEndian(target[12..], Index);
        BinaryPrimitives.WriteInt64BigEndian(target[20..], SentNs);
        BinaryPrimitives.WriteInt32BigEndian(target[CoveredOffset..], covered);
        BinaryPrimitives.WriteUInt32BigEndian(target[CrcOffset..], Checksum(payload, at, covered));
    }

    /// <summary>Looks for a stamp in the null packets of a payload.</summary>
    public static StampVerdict Read(ReadOnlySpan<byte> payload, out Stamp stamp)
    {
        for (var at = 0; at + TsPacket.HeaderSize + Size <= payload.Length; at += TsPacket.Size)
        {
            var packet = payload[at..];
            if (packet[0] != TsPacket.SyncByte) break;
            if (packet[2] == 0xff && (packet[1] & 0x1f) == 0x1f && BinaryPrimitives.ReadUInt32BigEndian(packet[TsPacket.HeaderSize..]) == Magic)
                return Check(payload, at, out stamp);
        }
        stamp = default;
        return StampVerdict.Absent;
    }

    private static StampVerdict Check(ReadOnlySpan<byte> payload, int at, out Stamp stamp)
    {
        var source = payload.Slice(at + TsPacket.HeaderSize, Size);
        stamp = new Stamp(
            BinaryPrimitives.ReadUInt32BigEndian(source[4..]), BinaryPrimitives.ReadUInt32BigEndian(source[8..]),
            BinaryPrimitives.ReadInt64BigEndian(source[12..]), BinaryPrimitives.ReadInt64BigEndian(source[20..]));
        var covered = BinaryPrimitives.ReadInt32BigEndian(source[CoveredOffset..]);
        if (covered < at + TsPacket.HeaderSize + Size || covered > payload.Length) return StampVerdict.Corrupt;
        var crc = BinaryPrimitives.ReadUInt32BigEndian(source[CrcOffset..]);
        return crc == Checksum(payload, at, covered) ? StampVerdict.Valid : StampVerdict.Corrupt;
    }

    private static uint Checksum(ReadOnlySpan<byte> payload, int at, int covered)
    {
        var crcAt = at + TsPacket.HeaderSize + CrcOffset;
        var before = Crc32C.Compute(payload[..crcAt]);
        var itself = Crc32C.Compute([0, 0, 0, 0], before);
        return Crc32C.Compute(payload[(crcAt + sizeof(uint))..covered], itself);
    }
}
