namespace Sluice.Wire.MpegTs;

/// <summary>
/// Where a decoder that knows the programme's tables may begin: a packet that starts a video access unit and says that it is
/// a random access point (ISO/IEC 13818-1 §2.4.3.4). Audio marks nearly every frame, so only video counts; the stream id
/// tells (§2.4.3.6), and no table has to be read.
/// </summary>
public static class TsRandomAccess
{
    private const byte VideoStreamIdMask = 0xF0;

    /// <summary>The offset of the first such packet among whole transport packets; false when there is none.</summary>
    public static bool TryFind(ReadOnlySpan<byte> packets, out int offset)
    {
        for (offset = 0; offset + TsPacket.Size <= packets.Length; offset += TsPacket.Size)
        {
            if (TsPacket.TryParse(packets[offset..], out var packet) && IsVideoAccess(packet))
                return true;
        }
        return false;
    }

    private static bool IsVideoAccess(TsPacket packet) =>
        packet.PayloadUnitStart && packet.AdaptationField.RandomAccess
        && PesHeader.TryRead(packet.Payload, out var header) && (header.StreamId & VideoStreamIdMask) == PesHeader.VideoStreamId;
}
