using System.Buffers;
using System.Buffers.Binary;

namespace Sluice.Wire.Rtsp;

/// <summary>Binary data between RTSP messages (RFC 2326 §10.12). Lives until the reader that yielded it reads on.</summary>
/// <remarks><code>
///  0                   1                   2                   3
/// +-------'$'-----+----channel----+--------length (network)-------+   payload: one RTP or RTCP packet
/// </code></remarks>
public readonly ref struct InterleavedFrame(byte channel, ReadOnlySpan<byte> payload)
{
    public const byte Marker = (byte)'$';
    public const int HeaderBytes = 4;

    public byte Channel { get; } = channel;

    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>Writes the four bytes that precede a payload of <paramref name="payloadLength"/> bytes.</summary>
    public static void WriteHeader(Span<byte> target, byte channel, ushort payloadLength)
    {
        target[0] = Marker;
        target[1] = channel;
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], payloadLength);
    }

    /// <summary>The channel and the payload's length, from four bytes that begin with the marker.</summary>
    public static (byte Channel, int PayloadLength) ReadHeader(ReadOnlySpan<byte> header) =>
        (header[1], BinaryPrimitives.ReadUInt16BigEndian(header[2..]));

    /// <summary>Writes the whole frame. The payload is at most 65,535 bytes.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        WriteHeader(header, Channel, checked((ushort)Payload.Length));
        output.Write(header);
        output.Write(Payload);
    }
}
