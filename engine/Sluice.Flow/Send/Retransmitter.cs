using Sluice.Linux;
using Sluice.Wire.Rtcp;
using Sluice.Wire.Rtp;

namespace Sluice.Flow;

/// <summary>
/// Answers generic NACKs (RFC 4585 §6.2.1) from the feed's window: into the batch ahead of what is due, bounded a client. A packet goes
/// again only while it was due less than the hold time ago, which the feed's release waits for: its slot is then still its own.
/// Owned by the send thread.
/// </summary>
internal sealed class Retransmitter<TSocket>(Feed[] feeds, SendCounters counters, EgressFlush<TSocket> flush) where TSocket : struct, IDatagramSocket
{
    /// <summary>RFC 4588 §4: the original sequence number stands before the payload.</summary>
    private const int OsnBytes = 2;

    /// <summary>Entries of one NACK that are looked at, up to 1,088 packets: the rest is asked for again, or is too much anyway.</summary>
    private const int EntriesMax = 64;

    private readonly FeedRate[] _rates = new FeedRate[feeds.Length];

    public void Answer(ref ClientRow client, in GenericNack nack, Egress<TSocket>? egress, MonotonicTime now)
    {
        if (egress is null || client.IsFirst || client.State != ClientState.Playing || client.Spec?.Retransmit is not { } state)
            return;
        counters.NacksReceived++;
        var entries = 0;
        foreach (var entry in nack)
        {
            if (entries++ == EntriesMax)
                return;
            foreach (var sequence in entry)
                Answer(ref client, state, sequence, egress, now);
        }
    }

    private void Answer(ref ClientRow client, RetransmitState state, ushort sequence, Egress<TSocket> egress, MonotonicTime now)
    {
        var feed = feeds[client.Feed];
        // Both counts go on while the client plays, so a 16-bit number says which of the packets sent is meant.
        var behind = (ushort)(client.NextFeedSequence + client.SequenceOffset - sequence);
        var wanted = client.NextFeedSequence - behind;
        if (behind is 0 or > 0x7FFF || (int)(wanted - client.FirstFeedSequence) < 0)
            state.NotSent++;
        else if (feed.Window.Index is not { } index || !index.TryFind(wanted, now.Ns, client.Spec!.DelayNs + state.HoldNs, out var number)
            || feed.Window.Packet(number).Sequence != wanted)
            state.TooOld++;
        else if (!state.TryNote(sequence, client.Progress!.RoundTripNs, now))
            state.Repeated++;
        else if (!HasRoom(egress, now) || !state.TryTake(feed.Window.Packet(number).BodyLength, RateOf(client.Progress!, feed, now), now))
            state.RateLimited++;
        else
            Send(ref client, state, in feed.Window.Packet(number), sequence, egress);
    }

    private double RateOf(ClientProgress client, Feed feed, MonotonicTime now) => _rates[feed.Index].BytesPerSecond(feed.Counters, client, now);

    private bool HasRoom(Egress<TSocket> egress, MonotonicTime now)
    {
        if (egress.IsBlocked)
            return false;
        if (!egress.Batch.HasRoomFor(1, 1))
            flush.Flush(egress, now);
        return !egress.IsBlocked;
    }

    private void Send(ref ClientRow client, RetransmitState state, in FeedPacket packet, ushort sequence, Egress<TSocket> egress)
    {
        state.Answered++;
        counters.Retransmitted++;
        egress.Owners[egress.Batch.MessageCount] = state.Progress;
        egress.Batch.BeginMessage(in client.Address, 0);
        var timestamp = packet.RtpTimestamp + client.TimestampOffset;
        if (state.Mode == RetransmitMode.Rtx)
            AddRtx(state, in packet, sequence, timestamp, egress);
        else
            RtpHeader.Write(egress.Batch.AddPacket(RtpHeader.Size, packet.Body, packet.BodyLength),
                packet.FirstByte, packet.MarkerAndPayloadType, sequence, timestamp, client.Ssrc);
    }

    // RFC 4588 §4: own SSRC, payload type and numbers; timestamp, marker, CSRC list and extension as they were.
    private static void AddRtx(RetransmitState state, in FeedPacket packet, ushort sequence, uint timestamp, Egress<TSocket> egress)
    {
        var (between, firstByte) = ((int)packet.PayloadSkip, packet.FirstByte);
        if (RtpHeader.Size + between + OsnBytes > SendBatch.HeaderBytesMax)
            (between, firstByte) = (0, (byte)(firstByte & ~(RtpHeader.ExtensionBit | RtpHeader.CsrcCountMask)));     // no room for a long one
        var header = egress.Batch.AddPacket(
            RtpHeader.Size + between + OsnBytes, packet.Body + packet.PayloadSkip, packet.BodyLength - packet.PayloadSkip);
        var markerAndType = (byte)(packet.MarkerAndPayloadType & RtpHeader.MarkerBit | state.RtxPayloadType);
        RtpHeader.Write(header, firstByte, markerAndType, state.NextRtxSequence++, timestamp, state.RtxSsrc);
        NativeSpan.ReadOnly(packet.Body, between).CopyTo(header[RtpHeader.Size..]);
        (header[^2], header[^1]) = ((byte)(sequence >> 8), (byte)sequence);
    }
}

/// <summary>A feed's rate over the last second or more, looked at when somebody asks.</summary>
internal struct FeedRate
{
    private const long PeriodNs = 1_000_000_000;

    /// <summary>For feeds that hardly send: 200 kbit/s.</summary>
    private const double Least = 25_000;

    private long _sinceNs, _bytes;
    private double _bytesPerSecond;

    /// <summary>Bytes a second; what the asking client has had in its life tells it until a second has been measured.</summary>
    public double BytesPerSecond(FeedCounters counters, ClientProgress client, MonotonicTime now)
    {
        var elapsedNs = now.Ns - _sinceNs;
        if (elapsedNs >= PeriodNs)
        {
            _bytesPerSecond = _sinceNs == 0
                ? client.Bytes * 1e9 / Math.Max(now.Ns - client.FirstSentNs, PeriodNs / 10) : (counters.Bytes - _bytes) * 1e9 / elapsedNs;
            (_sinceNs, _bytes) = (now.Ns, counters.Bytes);
        }
        return Math.Max(_bytesPerSecond, Least);
    }
}
