using System.Buffers.Binary;
using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Sim;

/// <summary>Writes the datagram that a <see cref="SimPacket"/> stands for: RTP with MPEG-TS inside, or bare MPEG-TS.</summary>
public static class DatagramWriter
{
    public const int DatagramMax = 1500;
    public const int ExtensionBytes = 8;        // RFC 3550 §5.3.1: one word of header, one of data
    private const ushort MediaPid = 0x100, PmtPid = 0x200;

    /// <summary>The stamp, PAT, PMT, and one more, because the last byte of a payload is its number.</summary>
    public const byte TsPacketsWithTables = 4;
    private static readonly byte[] s_tables = MakeTables();

    /// <summary>Returns how many bytes of <paramref name="target"/> were filled.</summary>
    public static int Write(Span<byte> target, in SimPacket packet)
    {
        var length = 0;
        if (!packet.IsRaw)
            length = WriteRtp(target, in packet);
        for (var i = 0; i < packet.TsPackets; i++, length += TsPacket.Size)
            WriteTs(target.Slice(length, TsPacket.Size), in packet, isFirst: i == 0);
        if (packet.Tables >= 0)
            WriteTables(target[(length - (packet.TsPackets - 1) * TsPacket.Size)..], (byte)packet.Tables);
        return packet.Garbage == Garbage.None ? length : Spoil(target, length, packet.Garbage);
    }

    private static int WriteRtp(Span<byte> target, in SimPacket packet)
    {
        var ssrc = packet.Garbage is Garbage.ForeignSsrc or Garbage.ForeignSender ? ~packet.Ssrc ^ (uint)packet.Id * 2_654_435_761 : packet.Ssrc;
        new RtpHeader(RtpStaticPayloadTypes.Mp2t, packet.Marker, packet.Sequence, packet.Timestamp, ssrc).Write(target);
        if (!packet.HasExtension)
            return RtpHeader.Size;
        target[0] |= RtpHeader.ExtensionBit;
        BinaryPrimitives.WriteUInt32BigEndian(target[RtpHeader.Size..], 0x5157_0001);
        BinaryPrimitives.WriteUInt32BigEndian(target[(RtpHeader.Size + 4)..], (uint)packet.Id);
        return RtpHeader.Size + ExtensionBytes;
    }

    private static void WriteTs(Span<byte> ts, in SimPacket packet, bool isFirst)
    {
        TsPacket.WriteHeader(ts, MediaPid, payloadUnitStart: false, hasAdaptationField: isFirst, hasPayload: true, (byte)(packet.Id & 15));
        ts[TsPacket.HeaderSize..].Fill((byte)packet.Id);
        if (!isFirst)
            return;
        ts[4] = 7;                                          // flags and PCR
        ts[5] = (byte)((packet.Pcr >= 0 ? 0x10 : 0) | (packet.IsAccess ? 0x40 : 0));         // PCR_flag, random_access_indicator
        if (packet.Pcr >= 0)
            TsClock.WritePcr(ts[6..], packet.Pcr);
        new PayloadStamp(packet.Id, packet.Source, packet.Epoch, packet.Timestamp, packet.SentNs).Write(ts);
    }

    private static void WriteTables(Span<byte> target, byte counter)
    {
        s_tables.CopyTo(target);
        TsPacket.WriteContinuityCounter(target, counter);
        TsPacket.WriteContinuityCounter(target[TsPacket.Size..], counter);
    }

    private static byte[] MakeTables()
    {
        var (tables, section) = (new byte[2 * TsPacket.Size], new byte[PsiSection.SizeMax]);
        var size = Pat.Write(section, 1, version: 0, [new PatProgram(1, PmtPid)]);
        PsiPackets.Write(tables, TsPacket.PatPid, 0, section.AsSpan(0, size));
        var pmt = new PmtWriter(section, MediaPid);
        pmt.Add(TsStreamTypes.H264, MediaPid);
        size = pmt.Finish(programNumber: 1, version: 0);
        PsiPackets.Write(tables.AsSpan(TsPacket.Size), PmtPid, 0, section.AsSpan(0, size));
        return tables;
    }

    private static int Spoil(Span<byte> datagram, int length, Garbage garbage)
    {
        switch (garbage)
        {
            case Garbage.Truncated:
                return RtpHeader.Size - 3;
            case Garbage.WrongVersion:
                datagram[0] ^= 0xC0;
                return length;
            case Garbage.WrongPayloadType:
                datagram[1] ^= 0x41;
                return length;
            default:
                return length;
        }
    }
}
