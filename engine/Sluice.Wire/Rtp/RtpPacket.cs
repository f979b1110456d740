using System.Buffers.Binary;

namespace Sluice.Wire.Rtp;

/// <summary>
/// One RTP packet seen in place (RFC 3550 §5.1). Everything is checked once by <see cref="TryParse"/>; after that no
/// property can fail. Lives no longer than its datagram.
/// </summary>
// RFC 3550 §5.1
//  0                   1                   2                   3
//  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//  |                           timestamp                           |
//  |           synchronization source (SSRC) identifier            |
//  |            contributing source (CSRC) identifiers × CC        |
public readonly ref struct RtpPacket
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _extensionOffset;

    private RtpPacket(ReadOnlySpan<byte> bytes, int extensionOffset, int payloadOffset, int paddingLength)
    {
        _bytes = bytes;
        _extensionOffset = extensionOffset;
        PayloadOffset = payloadOffset;
        PaddingLength = paddingLength;
    }

    public bool HasPadding => (_bytes[0] & RtpHeader.PaddingBit) != 0;
    public bool HasExtension => (_bytes[0] & RtpHeader.ExtensionBit) != 0;
    public int CsrcCount => _bytes[0] & RtpHeader.CsrcCountMask;
    public bool Marker => (_bytes[1] & RtpHeader.MarkerBit) != 0;
    public byte PayloadType => (byte)(_bytes[1] & RtpHeader.PayloadTypeMask);
    public ushort SequenceNumber => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);
    public uint Timestamp => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);
    public uint Ssrc => BinaryPrimitives.ReadUInt32BigEndian(_bytes[8..]);

    /// <summary>Where the payload starts in the datagram: the bytes before it are header, CSRC list and extension.</summary>
    public int PayloadOffset { get; }

    /// <summary>Bytes at the end that are padding, the count byte included; 0 without the P bit.</summary>
    public int PaddingLength { get; }

    /// <summary>The media bytes, without padding; may be empty.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[PayloadOffset..^PaddingLength];

    /// <summary>The 16 bits "defined by profile" that say what the extension is (RFC 3550 §5.3.1); 0 without an extension.</summary>
    public ushort ExtensionProfile => HasExtension ? BinaryPrimitives.ReadUInt16BigEndian(_bytes[_extensionOffset..]) : (ushort)0;

    /// <summary>The extension's data, without its four-byte head; empty without an extension.</summary>
    public ReadOnlySpan<byte> Extension => HasExtension ? _bytes[(_extensionOffset + ExtensionHeadSize)..PayloadOffset] : default;

    /// <summary>The elements of a general header extension (RFC 8285); empty when the profile bits name another kind.</summary>
    public RtpExtensionElements ExtensionElements => new(ExtensionProfile, Extension);

    private const int ExtensionHeadSize = 4;

    /// <summary>The contributing source at <paramref name="index"/>, 0 to <see cref="CsrcCount"/> − 1.</summary>
    public uint Csrc(int index)
    {
        System.Diagnostics.Debug.Assert((uint)index < (uint)CsrcCount, "A CSRC index beyond CsrcCount is the caller's mistake.");
        return BinaryPrimitives.ReadUInt32BigEndian(_bytes[(RtpHeader.Size + 4 * index)..]);
    }

    /// <summary>Checks version, CSRC list, extension and padding against the length (RFC 3550 A.1). False: not RTP.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out RtpPacket packet)
    {
        packet = default;
        if (datagram.Length < RtpHeader.Size || datagram[0] >> 6 != RtpHeader.Version)
            return false;
        int first = datagram[0];
        int extensionOffset = RtpHeader.Size + 4 * (first & RtpHeader.CsrcCountMask);
        if (!TrySkipExtension(datagram, extensionOffset, (first & RtpHeader.ExtensionBit) != 0, out int payloadOffset))
            return false;
        // RFC 3550 §5.1: the last byte counts itself, so a count of 0 contradicts the P bit.
        int padding = 0;
        if ((first & RtpHeader.PaddingBit) != 0)
        {
            padding = datagram[^1];
            if (padding == 0 || padding > datagram.Length - payloadOffset)
                return false;
        }
        packet = new RtpPacket(datagram, extensionOffset, payloadOffset, padding);
        return true;
    }

    private static bool TrySkipExtension(ReadOnlySpan<byte> datagram, int offset, bool present, out int end)
    {
        end = offset;
        if (!present)
            return end <= datagram.Length;
        if (offset + ExtensionHeadSize > datagram.Length)
            return false;
        int words = BinaryPrimitives.ReadUInt16BigEndian(datagram[(offset + 2)..]);
        end = offset + ExtensionHeadSize + 4 * words;
        return end <= datagram.Length;
    }
}
