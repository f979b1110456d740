using System.Buffers.Binary;

namespace Sluice.Tests.Kit.Rtp;

/// <summary>One received packet: when the kernel took it (CLOCK_REALTIME, ns), its RTP header, and its stamp when it carried one.</summary>
internal readonly record struct ReceivedPacket(long ArrivalNs, ushort Sequence, uint Timestamp, int Index, long SentNs)
{
    /// <summary>Of a packet without a (whole) stamp.</summary>
    public const int NoIndex = -1;
}

/// <summary>A sender report as it came (RFC 3550 §6.4.1).</summary>
internal readonly record struct ReceivedSenderReport(long ArrivalNs, uint Ssrc, ulong Ntp, uint RtpTimestamp, uint Packets, uint Octets);

/// <summary>
/// Everything that came to one port. Written by the receiver's thread; read by the test after <see cref="RtpReceiver.Stop"/>
/// (the counters also while it runs).
/// </summary>
internal sealed class PortRecord(int port, bool rtp, int packetsExpected)
{
    private readonly List<ReceivedPacket> _packets = new(packetsExpected);
    private readonly List<ReceivedSenderReport> _senderReports = [];
    private readonly HashSet<uint> _ssrcs = [];
    private volatile int _count;

    public int Port => port;
    public IReadOnlyList<ReceivedPacket> Packets => _packets;
    public IReadOnlyList<ReceivedSenderReport> SenderReports => _senderReports;
    public IReadOnlySet<uint> Ssrcs => _ssrcs;
    public int Count => _count;

    /// <summary>Datagrams that are not RTP version 2, or (raw) not whole TS packets.</summary>
    public int Malformed { get; private set; }
    public bool ByeSeen { get; private set; }

    /// <summary>What the kernel dropped at this socket because it was full: the receiver's fault, never the sender's (SO_RXQ_OVFL).</summary>
    public uint Overflowed { get; set; }

    public override string ToString() => $"port {port}: {Count} packets, {_senderReports.Count} sender reports";

    /// <summary>One datagram of the media port.</summary>
    public void TakeMedia(ReadOnlySpan<byte> datagram, long arrivalNs)
    {
        if (rtp ? datagram.Length < 12 || datagram[0] >> 6 != 2 : datagram.Length == 0 || datagram.Length % 188 != 0 || datagram[0] != 0x47)
        {
            Malformed++;
            return;
        }
        var index = Stamp.TryRead(rtp ? datagram[12..] : datagram, out var stamp) ? stamp.Index : ReceivedPacket.NoIndex;
        var sequence = rtp ? BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) : (ushort)0;
        var timestamp = rtp ? BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) : 0;
        if (rtp) _ssrcs.Add(BinaryPrimitives.ReadUInt32BigEndian(datagram[8..]));
        _packets.Add(new ReceivedPacket(arrivalNs, sequence, timestamp, index, stamp.SentNs));
        _count = _packets.Count;
    }

    /// <summary>One RTCP compound; only sender reports and BYE are kept.</summary>
    public void TakeControl(ReadOnlySpan<byte> compound, long arrivalNs)
    {
        while (compound.Length >= 8)
        {
            var length = 4 * (BinaryPrimitives.ReadUInt16BigEndian(compound[2..]) + 1);
            if (length > compound.Length || compound[0] >> 6 != 2) break;
            if (compound[1] == 200 && length >= 28) _senderReports.Add(ReadSenderReport(compound, arrivalNs));
            if (compound[1] == 203) ByeSeen = true;
            compound = compound[length..];
        }
        if (compound.Length > 0) Malformed++;
    }

    private static ReceivedSenderReport ReadSenderReport(ReadOnlySpan<byte> report, long arrivalNs) => new(arrivalNs,
        BinaryPrimitives.ReadUInt32BigEndian(report[4..]), BinaryPrimitives.ReadUInt64BigEndian(report[8..]),
        BinaryPrimitives.ReadUInt32BigEndian(report[16..]), BinaryPrimitives.ReadUInt32BigEndian(report[20..]),
        BinaryPrimitives.ReadUInt32BigEndian(report[24..]));
}
