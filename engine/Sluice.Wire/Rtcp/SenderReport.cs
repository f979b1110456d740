using System.Buffers.Binary;

namespace Sluice.Wire.Rtcp;

/// <summary>
/// Ties the media clock to wall-clock time and counts what was sent (RFC 3550 §6.4.1). Report blocks travel beside it,
/// profile-specific extensions behind them are ignored.
/// </summary>
/// <param name="SenderSsrc">Who sends both the report and the media.</param>
/// <param name="Ntp">Wall-clock instant of the report.</param>
/// <param name="RtpTimestamp">The same instant as <paramref name="Ntp"/> on the media clock, with its random offset.</param>
/// <param name="PacketCount">RTP packets since the start or the last SSRC change.</param>
/// <param name="OctetCount">Payload bytes without headers and padding, modulo 2³².</param>
public readonly record struct SenderReport(uint SenderSsrc, NtpTime Ntp, uint RtpTimestamp, uint PacketCount, uint OctetCount)
{
    /// <summary>Bytes of a report without blocks.</summary>
    public const int Size = 28;

    public static int SizeWith(int blocks) => ReportBlocks.SizeAfter(Size, blocks);

    public static bool TryRead(scoped in RtcpPacket packet, out SenderReport report, out ReportBlocks blocks)
    {
        report = default;
        blocks = default;
        if (!packet.Is(RtcpPacketType.SenderReport, Size - RtcpPacket.HeaderSize))
            return false;
        var body = packet.Body;
        if (!ReportBlocks.TryRead(body[(Size - RtcpPacket.HeaderSize)..], packet.Count, out blocks))
            return false;
        report = new SenderReport(
            BinaryPrimitives.ReadUInt32BigEndian(body),
            new NtpTime(BinaryPrimitives.ReadUInt64BigEndian(body[4..])),
            BinaryPrimitives.ReadUInt32BigEndian(body[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(body[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(body[20..]));
        return true;
    }

    /// <summary>Writes <see cref="SizeWith"/> bytes; at most 31 blocks.</summary>
    public void Write(Span<byte> target, ReadOnlySpan<ReportBlock> blocks = default)
    {
        target = target[..SizeWith(blocks.Length)];
        RtcpPacket.WriteHeader(target, RtcpPacketType.SenderReport, blocks.Length, target.Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], SenderSsrc);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], Ntp.Value);
        BinaryPrimitives.WriteUInt32BigEndian(target[16..], RtpTimestamp);
        BinaryPrimitives.WriteUInt32BigEndian(target[20..], PacketCount);
        BinaryPrimitives.WriteUInt32BigEndian(target[24..], OctetCount);
        ReportBlocks.Write(target[Size..], blocks);
    }
}
