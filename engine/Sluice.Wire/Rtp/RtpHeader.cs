using System.Buffers.Binary;

namespace Sluice.Wire.Rtp;

/// <summary>
/// The fixed 12-byte RTP header as a value (RFC 3550 §5.1), and the write that the send loop does once per packet and
/// client. Says nothing of CSRC list and extension: those follow the header and are the caller's bytes.
/// </summary>
public readonly record struct RtpHeader(byte PayloadType, bool Marker, ushort SequenceNumber, uint Timestamp, uint Ssrc)
{
    public const int Size = 12;
    public const int Version = 2;

    /// <summary>First byte of a packet without padding, extension or CSRC list.</summary>
    public const byte PlainFirstByte = Version << 6;
    public const byte PaddingBit = 0x20;
    public const byte ExtensionBit = 0x10;
    public const byte CsrcCountMask = 0x0f;
    public const byte MarkerBit = 0x80;
    public const byte PayloadTypeMask = 0x7f;

    /// <summary>Reads the fixed fields of any packet that <see cref="RtpPacket.TryParse"/> takes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out RtpHeader header)
    {
        header = default;
        if (!RtpPacket.TryParse(source, out var packet))
            return false;
        header = new RtpHeader(packet.PayloadType, packet.Marker, packet.SequenceNumber, packet.Timestamp, packet.Ssrc);
        return true;
    }

    /// <summary>Writes a plain header: no padding, extension or CSRC list.</summary>
    public void Write(Span<byte> target) =>
        Write(target, PlainFirstByte, (byte)(PayloadType & PayloadTypeMask | (Marker ? MarkerBit : 0)), SequenceNumber, Timestamp, Ssrc);

    /// <summary>
    /// Writes a header whose first two bytes are taken as they come, so that P, X, CC, M and PT of the source packet pass
    /// through untouched: one length check, one 8-byte and one 4-byte store, no branch on content.
    /// </summary>
    public static void Write(
        Span<byte> target, byte firstByte, byte markerAndPayloadType, ushort sequenceNumber, uint timestamp, uint ssrc)
    {
        target = target[..Size];
        ulong head = (ulong)firstByte << 56 | (ulong)markerAndPayloadType << 48 | (ulong)sequenceNumber << 32 | timestamp;
        BinaryPrimitives.WriteUInt64BigEndian(target, head);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], ssrc);
    }
}
