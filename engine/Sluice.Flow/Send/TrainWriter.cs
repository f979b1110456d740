using System.Numerics;
using Sluice.Linux;
using Sluice.Wire.Rtp;

namespace Sluice.Flow;

/// <summary>
/// Writes one train for one client: a private 12-byte header a packet before the shared body (RTP), the shared payload
/// alone (raw), or whole frames into the connection's ring. Owned by the send thread.
/// </summary>
internal sealed class TrainWriter<TSocket>(ClientTable clients, SendCounters counters, EgressFlush<TSocket> flush)
    where TSocket : struct, IDatagramSocket
{
    private const byte FrameMagic = 0x24;       // '$', RFC 2326 §10.12
    private const int FramePrefix = 4;

    /// <summary>Whether anything was written into a frame ring since this was last cleared.</summary>
    public bool WroteFrames { get; set; }

    /// <summary>False when the way out is blocked and the departure must wait.</summary>
    public bool TryWrite(int row, FeedWindow window, in Train train, Egress<TSocket>? egress, MonotonicTime now)
    {
        if (clients.Kind[row] == ClientKind.RtpFramed)
        {
            FixFirst(row, window, in train);
            WriteFrames(row, window, in train, now);
            return true;
        }
        if (egress is null || egress.IsBlocked)
            return egress is null;
        var isRaw = clients.Kind[row] == ClientKind.RawOverUdp;
        var breaks = !egress.Segmentation ? ushort.MaxValue : isRaw ? train.RawBreaks : train.RtpBreaks;
        if (!MakeRoom(egress, breaks, train.Count, now))
            return false;
        FixFirst(row, window, in train);
        if (isRaw)
            WriteRaw(row, window, in train, egress, breaks);
        else
            WriteRtp(row, window, in train, egress, breaks);
        return true;
    }

    // Not before the train has a way out: one that waits may be dropped by age, and the promise is for the first that goes.
    private void FixFirst(int row, FeedWindow window, in Train train)
    {
        if (clients.IsFirst[row])
            clients.FixOffsets(row, in window.Packet(train.FirstPacket));
    }

    private bool MakeRoom(Egress<TSocket> egress, uint breaks, int packets, MonotonicTime now)
    {
        var messages = BitOperations.PopCount(breaks & ((1u << packets) - 1));
        if (egress.Batch.HasRoomFor(messages, packets))
            return true;
        flush.Flush(egress, now);
        return !egress.IsBlocked;
    }

    private void WriteRtp(int row, FeedWindow window, in Train train, Egress<TSocket> egress, uint breaks)
    {
        var spec = clients.Spec[row]!;
        var (ssrc, sequenceOffset, timestampOffset) = (clients.Ssrc[row], clients.SequenceOffset[row], clients.TimestampOffset[row]);
        var timestamp = 0u;
        for (var i = 0; i < train.Count; i++)
        {
            ref readonly var packet = ref window.Packet(train.FirstPacket + (uint)i);
            if ((breaks >> i & 1) != 0)
                Begin(egress, spec, RtpHeader.Size + packet.BodyLength);
            timestamp = packet.RtpTimestamp + timestampOffset;
            var header = egress.Batch.AddPacket(RtpHeader.Size, packet.Body, packet.BodyLength);
            RtpHeader.Write(header, packet.FirstByte, packet.MarkerAndPayloadType, (ushort)(packet.Sequence + sequenceOffset), timestamp, ssrc);
        }
        Remember(spec.Progress, window, in train, sequenceOffset, timestamp);
    }

    private void WriteRaw(int row, FeedWindow window, in Train train, Egress<TSocket> egress, uint breaks)
    {
        var spec = clients.Spec[row]!;
        for (var i = 0; i < train.Count; i++)
        {
            ref readonly var packet = ref window.Packet(train.FirstPacket + (uint)i);
            // An RTP packet may be without payload (RFC 3550 §5.1); an empty datagram says "end" to some receivers.
            if (packet.PayloadLength == 0)
                continue;
            if ((breaks >> i & 1) != 0)
                Begin(egress, spec, packet.PayloadLength);
            egress.Batch.AddPacket(0, packet.Body + packet.PayloadSkip, packet.PayloadLength);
        }
    }

    private static void Begin(Egress<TSocket> egress, ClientSpec spec, int segmentSize)
    {
        egress.Owners[egress.Batch.MessageCount] = spec.Progress;
        egress.Batch.BeginMessage(spec.Address, segmentSize);
    }

    private void WriteFrames(int row, FeedWindow window, in Train train, MonotonicTime now)
    {
        Span<byte> head = stackalloc byte[FramePrefix + RtpHeader.Size];
        var spec = clients.Spec[row]!;
        var (sequenceOffset, timestampOffset) = (clients.SequenceOffset[row], clients.TimestampOffset[row]);
        var timestamp = 0u;
        for (var i = 0; i < train.Count; i++)
        {
            ref readonly var packet = ref window.Packet(train.FirstPacket + (uint)i);
            timestamp = packet.RtpTimestamp + timestampOffset;
            var length = RtpHeader.Size + packet.BodyLength;
            (head[0], head[1], head[2], head[3]) = (FrameMagic, spec.RtpChannel, (byte)(length >> 8), (byte)length);
            var sequence = (ushort)(packet.Sequence + sequenceOffset);
            RtpHeader.Write(head[FramePrefix..], packet.FirstByte, packet.MarkerAndPayloadType, sequence, timestamp, clients.Ssrc[row]);
            if (spec.Frames!.TryWrite(head, default, NativeSpan.ReadOnly(packet.Body, packet.BodyLength)))
                CountFrame(spec.Progress, length, now);
            else
                DropFrame(spec.Progress);
        }
        Remember(spec.Progress, window, in train, sequenceOffset, timestamp);
        WroteFrames = true;
    }

    private void CountFrame(ClientProgress progress, int bytes, MonotonicTime now)
    {
        counters.Packets++;
        counters.Bytes += bytes;
        progress.Departures!.Add(now.Ns, 1);
        progress.Packets++;
        progress.Bytes += bytes;
        if (progress.FirstSentNs == 0)
            progress.FirstSentNs = now.Ns;
        progress.LastSentNs = now.Ns;
    }

    private void DropFrame(ClientProgress progress)
    {
        counters.FrameRingFull++;
        progress.Overrun++;
    }

    private static void Remember(ClientProgress progress, FeedWindow window, in Train train, ushort sequenceOffset, uint timestamp)
    {
        var last = window.Packet(train.FirstPacket + train.Count - 1u).Sequence;
        Volatile.Write(ref progress.NextSequence, (ushort)(last + 1 + sequenceOffset));
        Volatile.Write(ref progress.LastTimestamp, timestamp);
    }
}
