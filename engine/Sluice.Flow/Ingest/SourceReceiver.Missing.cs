using System.Buffers.Binary;
using Sluice.Wire.Rtp;

namespace Sluice.Flow;

/// <summary>The part that a source has whose sender can be asked for lost packets (<see cref="NackPlan"/>).</summary>
internal sealed partial class SourceReceiver
{
    /// <summary>Questions of one round: what fits a NACK with room to spare.</summary>
    public const int AsksMax = 256;

    private const int OriginalNumberBytes = 2;

    private readonly MissingPackets? _missing;
    private readonly Reception? _reception;
    private readonly long[] _due = [];
    private RtpInterarrivalJitter _jitter;
    private int _clockRate;

    /// <summary>When the sender may have to be asked for something.</summary>
    public long NextAskNs => _missing?.NextNs ?? long.MaxValue;

    /// <summary>What a report says; null when nobody reports on this source.</summary>
    public Reception? Reception => _reception;

    /// <summary>The packets to ask for now; at most <see cref="AsksMax"/>.</summary>
    public int Collect(long nowNs, Span<LossNotice> notices)
    {
        var count = _missing!.Collect(nowNs, _due.AsSpan(0, Math.Min(notices.Length, _due.Length)));
        for (var i = 0; i < count; i++)
            notices[i] = new LossNotice(_plan.Index, _ssrc, (ushort)(_due[i] - _epochBase));
        return count;
    }

    /// <summary>
    /// A lost packet come back as RTX (RFC 4588 §4): its own number stands before its payload. It is made what it was, two bytes farther
    /// on. Only what is missing is taken: this stream proves itself by nothing else than coming from the sender and being wanted.
    /// </summary>
    private bool ReadRtx(Span<byte> datagram, in RtpPacket rtp, in Linux.DatagramAddress from, ref ArrivedPacket packet)
    {
        var offset = rtp.PayloadOffset;
        if (rtp.Payload.Length < OriginalNumberBytes || !_hasSsrc || !_sender.Equals(from))
        {
            Counters.RtxIgnored++;
            return false;
        }
        packet.ExtendedSequence = _epochBase + _validator.ExtendedOf(BinaryPrimitives.ReadUInt16BigEndian(datagram[offset..]));
        if (packet.ExtendedSequence < _epochStart || !_missing!.IsMissing(packet.ExtendedSequence))
        {
            Counters.RtxIgnored++;
            return false;
        }
        packet.RtpTimestamp = rtp.Timestamp;
        packet.FirstByte = datagram[0];
        packet.MarkerAndPayloadType = (byte)((datagram[1] & RtpHeader.MarkerBit) | PayloadType);
        packet.PayloadLength = (ushort)(rtp.Payload.Length - OriginalNumberBytes);
        packet.PayloadOffset = (ushort)(offset + OriginalNumberBytes);
        packet.BodyOffset = RtpHeader.Size + OriginalNumberBytes;
        packet.BodyLength = (ushort)(datagram.Length - packet.BodyOffset);
        // CSRC list and extension lie before the number and belong before the payload.
        datagram[RtpHeader.Size..offset].CopyTo(datagram[packet.BodyOffset..]);
        return true;
    }

    // Before the packet counts: what it left out is missing, what it fills is not. True when it came because it was asked for.
    private bool NoteSequence(in ArrivedPacket packet)
    {
        if (_missing is null)
            return false;
        if ((packet.Flags & (PacketFlags.NewEpoch | PacketFlags.Raw)) != 0)
            _missing.Clear();
        else if (packet.ExtendedSequence <= _highest)
            return _missing.OnCome(packet.ExtendedSequence, packet.ArrivalNs);
        else if (packet.ExtendedSequence > _highest + 1)
            _missing.OnGap(_highest + 1, packet.ExtendedSequence - 1, packet.ArrivalNs);
        return false;
    }

    private void NoteReception(in ArrivedPacket packet)
    {
        if (_reception is not { } reception)
            return;
        if ((packet.Flags & PacketFlags.NewEpoch) != 0)
        {
            _clockRate = RtpStaticPayloadTypes.Find((byte)PayloadType)?.ClockRate ?? _plan.Nack!.ClockRate;
            _jitter.Rebase();
        }
        _jitter.Receive((uint)(packet.ArrivalNs / 1_000 * _clockRate / 1_000_000), packet.RtpTimestamp);
        (reception.Received, reception.Expected) = (_validator.Received, _validator.Expected);
        (reception.ExtendedHighest, reception.JitterTicks) = (_validator.ExtendedHighest, _jitter.Ticks);
    }
}
