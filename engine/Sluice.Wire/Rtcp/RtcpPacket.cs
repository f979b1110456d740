using System.Buffers.Binary;
using System.Diagnostics;

namespace Sluice.Wire.Rtcp;

/// <summary>
/// One RTCP packet of a compound seen in place: the header that all types share, and the bytes behind it
/// (RFC 3550 §6.4.1). The length word was checked and padding is cut off.
/// </summary>
// |V=2|P|  count  |      PT       |   length in words, minus one  |
public readonly ref struct RtcpPacket
{
    public const int HeaderSize = 4;

    /// <summary>Five bits count report blocks, chunks or sources.</summary>
    public const int CountMax = 31;

    private const byte PaddingBit = 0x20;
    private const byte VersionBits = 0x80;

    private readonly ReadOnlySpan<byte> _bytes;

    private RtcpPacket(ReadOnlySpan<byte> bytes, int sizeOnWire)
    {
        _bytes = bytes;
        SizeOnWire = sizeOnWire;
    }

    public RtcpPacketType Type => (RtcpPacketType)_bytes[1];

    /// <summary>Report, chunk or source count; the feedback message type in packets of RFC 4585.</summary>
    public int Count => _bytes[0] & CountMax;
    public bool HasPadding => (_bytes[0] & PaddingBit) != 0;

    /// <summary>Everything after the four header bytes, without padding.</summary>
    public ReadOnlySpan<byte> Body => _bytes[HeaderSize..];

    /// <summary>What the packet takes in its compound, padding included; a multiple of 4.</summary>
    public int SizeOnWire { get; }

    /// <summary>Reads the packet at the start of <paramref name="source"/>, which may hold more after it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, out RtcpPacket packet)
    {
        packet = default;
        if (source.Length < HeaderSize || source[0] >> 6 != 2)
            return false;
        int size = 4 * (BinaryPrimitives.ReadUInt16BigEndian(source[2..]) + 1);
        if (size > source.Length)
            return false;
        int padding = 0;
        if ((source[0] & PaddingBit) != 0)
        {
            // RFC 3550 §6.4.1: the count includes itself and is a multiple of four.
            padding = source[size - 1];
            if (padding == 0 || padding % 4 != 0 || padding > size - HeaderSize)
                return false;
        }
        packet = new RtcpPacket(source[..(size - padding)], size);
        return true;
    }

    /// <summary>Whether this is the one type, with at least <paramref name="bodyMin"/> body bytes.</summary>
    internal bool Is(RtcpPacketType type, int bodyMin) => Type == type && Body.Length >= bodyMin;

    /// <summary>Writes the shared header of a packet of <paramref name="size"/> bytes, a multiple of 4, without padding.</summary>
    internal static void WriteHeader(Span<byte> target, RtcpPacketType type, int count, int size)
    {
        Debug.Assert((uint)count <= CountMax && size % 4 == 0 && size is >= HeaderSize and <= 4 * 65_536, "No such RTCP packet.");
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)(size / 4 - 1));
        target[0] = (byte)(VersionBits | count);
        target[1] = (byte)type;
    }
}
