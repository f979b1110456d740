using System.Numerics;
using Sluice.Linux;
using Sluice.Wire.Rtp;

namespace Sluice.Flow;

/// <summary>
/// Writes one train for one client: a private 12-byte header a packet before the shared body (RTP), the shared payload
/// alone (raw), or whole frames or transport packets into the connection's ring. Owned by the send thread.
/// </summary>
internal sealed partial class TrainWriter<TSocket>(SendCounters counters, EgressFlush<TSocket> flush)
    where TSocket : struct, IDatagramSocket
{
    private const byte FrameMagic = 0x24;       // '$', RFC 2326 §10.12
    private const int FramePrefix = 4;

    /// <summary>Whether anything was written into a frame ring since this was last cleared.</summary>
    public bool WroteFrames { get; set; }

    /// <summary>False when the way out is blocked and the departure must wait.</summary>
    public bool TryWrite(ref ClientRow client, FeedWindow window, in Train train, Egress<TSocket>? egress, MonotonicTime now)
    {
        if (client.Kind == ClientKind.RtpFramed)
        {
            FixFirst(ref client, window, in train);
            WriteFrames(ref client, window, in train, now);
            return true;
        }
        if (client.Kind == ClientKind.TsStream)
        {
            WriteStream(client.Spec!, window, in train, now);
            return true;
        }
        if (egress is null || egress.IsBlocked)
            return egress is null;
        var isRaw = client.Kind == ClientKind.RawOverUdp;
        var breaks = !egress.Segmentation ? ushort.MaxValue : isRaw ? train.RawBreaks : train.RtpBreaks;
        if (!MakeRoom(egress, breaks, train.Count, now))
            return false;
        FixFirst(ref client, window, in train);
        if (isRaw)
            WriteRaw(ref client, window, in train, egress, breaks);
        else
            WriteRtp(ref client, window, in train, egress, breaks);
        return true;
    }

    // Not before the train has a way out: one that waits may be dropped by age, and the promise is for the first that goes.
    private static void FixFirst(ref ClientRow client, FeedWindow window, in Train train)
    {
        if (client.IsFirst)
            client.FixOffsets(in window.Packet(train.FirstPacket));
    }

    private bool MakeRoom(Egress<TSocket> egress, uint breaks, int packets, MonotonicTime now)
    {
        var messages = BitOperations.PopCount(breaks & ((1u << packets) - 1));
        if (egress.Batch.HasRoomFor(messages, packets))
            return true;
        flush.Flush(egress, now);
        return !egress.IsBlocked;
    }

    private static void WriteRtp(ref ClientRow client, FeedWindow window, in Train train, Egress<TSocket> egress, uint breaks)
    {
        var (ssrc, sequenceOffset, timestampOffset) = (client.Ssrc, client.SequenceOffset, client.TimestampOffset);
        var timestamp = 0u;
        for (var i = 0; i < train.Count; i++)
        {
            ref readonly var packet = ref window.Packet(train.FirstPacket + (uint)i);
            if ((breaks >> i & 1) != 0)
                Begin(egress, ref client, RtpHeader.Size + packet.BodyLength);
            timestamp = packet.RtpTimestamp + timestampOffset;
            var header = egress.Batch.AddPacket(RtpHeader.Size, packet.Body, packet.BodyLength);
            RtpHeader.Write(header, packet.FirstByte, packet.MarkerAndPayloadType, (ushort)(packet.Sequence + sequenceOffset), timestamp, ssrc);
        }
        Remember(ref client, window, in train, timestamp);
    }

    private static void WriteRaw(ref ClientRow client, FeedWindow window, in Train train, Egress<TSocket> egress, uint breaks)
    {
        for (var i = 0; i < train.Count; i++)
        {
            ref readonly var packet = ref window.Packet(train.FirstPacket + (uint)i);
            // An RTP packet may be without payload (RFC 3550 §5.1); an empty datagram says "end" to some receivers.
            if (packet.PayloadLength == 0)
                continue;
            if ((breaks >> i & 1) != 0)
                Begin(egress, ref client, packet.PayloadLength);
            egress.Batch.AddPacket(0, packet.Body + packet.PayloadSkip, packet.PayloadLength);
        }
    }

    private static void Begin(Egress<TSocket> egress, ref ClientRow client, int segmentSize)
    {
        egress.Owners[egress.Batch.MessageCount] = client.Progress!;
        egress.Batch.BeginMessage(in client.Address, segmentSize);
    }

    private void WriteFrames(ref ClientRow client, FeedWindow window, in Train train, MonotonicTime now)
    {
        Span<byte> head = stackalloc byte[FramePrefix + RtpHeader.Size];
        var spec = client.Spec!;
        var (sequenceOffset, timestampOffset) = (client.SequenceOffset, client.TimestampOffset);
        var timestamp = 0u;
        for (var i = 0; i < train.Count; i++)
        {
            ref readonly var packet = ref window.Packet(train.FirstPacket + (uint)i);
            timestamp = packet.RtpTimestamp + timestampOffset;
            var length = RtpHeader.Size + packet.BodyLength;
            (head[0], head[1], head[2], head[3]) = (FrameMagic, spec.RtpChannel, (byte)(length >> 8), (byte)length);
            var sequence = (ushort)(packet.Sequence + sequenceOffset);
            RtpHeader.Write(head[FramePrefix..], packet.FirstByte, packet.MarkerAndPayloadType, sequence, timestamp, client.Ssrc);
            if (spec.Frames!.TryWrite(head, default, NativeSpan.ReadOnly(packet.Body, packet.BodyLength)))
                CountFrame(spec.Progress, length, now);
            else
                DropFrame(spec.Progress);
        }
        Remember(ref client, window, in train, timestamp);
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

    private static void Remember(ref ClientRow client, FeedWindow window, in Train train, uint timestamp)
    {
        client.NextFeedSequence = window.Packet(train.FirstPacket + train.Count - 1u).Sequence + 1;
        client.Progress!.SetPosition((ushort)(client.NextFeedSequence + client.SequenceOffset), client.SequenceOffset, timestamp);
    }
}
