using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Load.Sending;

/// <summary>
/// A captured flow at its captured times, byte for byte; where a payload holds a null packet, that takes the stamp, and the others go
/// without (they are scored by their RTP sequence numbers).
/// </summary>
/// <param name="loop">Begins again one mean interval after the last packet.</param>
public sealed class PcapSource(PcapFlow flow, bool loop) : PacketSource
{
    private readonly long _lapNs = flow.Packets[^1].AtNs + Math.Max(flow.Packets[^1].AtNs / Math.Max(flow.Packets.Count - 1, 1), 1);
    private int _next;
    private long _lapsNs;

    public override bool TryNext(Span<byte> target, out MediaPacket packet)
    {
        packet = default;
        if (_next == flow.Packets.Count)
        {
            if (!loop) return false;
            (_next, _lapsNs) = (0, _lapsNs + _lapNs);
        }
        var (atNs, bytes) = flow.Packets[_next++];
        bytes.CopyTo(target);
        var header = bytes.Length > 0 && bytes[0] != TsPacket.SyncByte && RtpPacket.TryParse(bytes, out var rtp) ? rtp.PayloadOffset : 0;
        packet = new MediaPacket(_lapsNs + atNs, bytes.Length, 0, NullPacketAt(bytes.AsSpan(header)), header) { IsVerbatim = true };
        return true;
    }

    private static int NullPacketAt(ReadOnlySpan<byte> payload)
    {
        if (!TsDatagram.TryParse(payload, out var datagram)) return -1;
        for (var i = 0; i < datagram.PacketCount; i++)
            if (datagram.TryGetPacket(i, out var packet) && packet.IsNull) return i * TsPacket.Size;
        return -1;
    }
}
