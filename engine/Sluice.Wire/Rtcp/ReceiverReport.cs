using System.Buffers.Binary;

namespace Sluice.Wire.Rtcp;

/// <summary>
/// What one receiver says of its sources (RFC 3550 §6.4.2). Report blocks travel beside it; an empty one opens the
/// compounds of a participant that has nothing to report.
/// </summary>
public readonly record struct ReceiverReport(uint SenderSsrc)
{
    /// <summary>Bytes of a report without blocks.</summary>
    public const int Size = 8;

    public static int SizeWith(int blocks) => ReportBlocks.SizeAfter(Size, blocks);

    public static bool TryRead(scoped in RtcpPacket packet, out ReceiverReport report, out ReportBlocks blocks)
    {
        report = default;
        blocks = default;
        if (!packet.Is(RtcpPacketType.ReceiverReport, Size - RtcpPacket.HeaderSize))
            return false;
        if (!ReportBlocks.TryRead(packet.Body[(Size - RtcpPacket.HeaderSize)..], packet.Count, out blocks))
            return false;
        report = new ReceiverReport(BinaryPrimitives.ReadUInt32BigEndian(packet.Body));
        return true;
    }

    /// <summary>Writes <see cref="SizeWith"/> bytes; at most 31 blocks.</summary>
    public void Write(Span<byte> target, ReadOnlySpan<ReportBlock> blocks = default)
    {
        target = target[..SizeWith(blocks.Length)];
        RtcpPacket.WriteHeader(target, RtcpPacketType.ReceiverReport, blocks.Length, target.Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], SenderSsrc);
        ReportBlocks.Write(target[Size..], blocks);
    }
}
