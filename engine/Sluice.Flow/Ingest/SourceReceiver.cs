using Sluice.Linux;
using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Flow;

/// <summary>What a source is told to accept.</summary>
/// <param name="Index">The source's number in the engine.</param>
/// <param name="Feed">The feed that it supplies.</param>
/// <param name="IsRaw">True for bare MPEG-TS datagrams, false for RTP.</param>
/// <param name="BoundHost">Packets from any other address are refused; null binds to the first valid sender.</param>
/// <param name="PayloadType">The only payload type accepted; −1 takes the first that has a static meaning.</param>
/// <param name="ReorderNs">How long a missing packet is waited for; 0 passes everything at once.</param>
public sealed record SourcePlan(int Index, int Feed, bool IsRaw, DatagramAddress? BoundHost, int PayloadType, long ReorderNs)
{
    /// <summary>Where it is listened; 0 when there is no such port.</summary>
    public int Port { get; init; }

    /// <summary>
    /// Bare MPEG-TS or MPEG-TS in RTP of any payload type, whichever comes first: a sync byte is no RTP version. What came first stays
    /// until the source has been silent.
    /// </summary>
    public bool Detects { get; init; }

    /// <summary>
    /// The inlet of the connection that says whom the source listens to: until then it listens to nobody. −1 for a source that is
    /// open from the start.
    /// </summary>
    public int Inlet { get; init; } = -1;

    /// <summary>Null when its sender is not asked for lost packets.</summary>
    public NackPlan? Nack { get; init; }
}

/// <summary>
/// The receiving state of one source: who may send, RTP validation (RFC 3550 A.1), SSRC changes, order. No socket and no
/// clock: datagrams and times are arguments. Owned by the ingest thread; the counters may be read by anyone.
/// </summary>
internal sealed partial class SourceReceiver
{
    /// <summary>A source that was silent this long may be replaced by another sender (X5: no re-learning mid-session).</summary>
    private const long RelearnAfterNs = 2_000_000_000;

    /// <summary>
    /// RFC 3550 A.1 takes a packet 100 behind for a jump, which at 12,000 packets/s is 8 ms: two old duplicates in sequence would look like
    /// a restart. A restart with the same SSRC that lands within 1,000 behind is heard when it has caught up.
    /// </summary>
    private static readonly RtpValidatorBounds s_bounds = new(DropoutMax: 3000, MisorderMax: 1000, SequentialMin: 2);

    private readonly SourcePlan _plan;
    private readonly OwnOutputs? _own;
    private DatagramAddress? _bound;
    private bool _isOpen;
    private readonly ReorderWindow _reorder;
    private readonly RtpValidatorBounds _bounds = s_bounds;
    private RtpSourceValidator _validator;
    private RtpSourceValidator _candidate;
    private uint _ssrc, _candidateSsrc;
    private bool _hasSsrc;
    private bool _newEpoch = true;
    private bool _droppedEpoch;
    private long _epochBase;       // added to the validator's extended number, so that ours never goes back
    private long _epochStart;
    private long _highest;
    private DatagramAddress _sender;
    private bool _hasSender;
    private int _senderVersion;
    private bool _isRaw;
    private long _lastAcceptedNs = long.MinValue / 2;

    /// <param name="plan">What to accept.</param>
    /// <param name="limits">The width of the reorder window.</param>
    /// <param name="own">What must not be taken for a stream; null = nothing is sent.</param>
    public SourceReceiver(SourcePlan plan, EngineLimits limits, OwnOutputs? own = null)
    {
        (_plan, _own) = (plan, own);
        var width = limits.ReorderPackets(plan);
        _reorder = new ReorderWindow(width, plan.ReorderNs);
        if (plan.Nack is not null)
        {
            // What comes back is a round trip old: farther behind than what was only overtaken.
            _bounds = s_bounds with { MisorderMax = Math.Clamp(width, s_bounds.MisorderMax, short.MaxValue) };
            (_missing, _reception, _due) = (new MissingPackets(plan.ReorderNs, Counters), new Reception(), new long[AsksMax]);
        }
        (_validator, _candidate) = (new RtpSourceValidator(_bounds), new RtpSourceValidator(_bounds));
        (PayloadType, _bound, _isOpen, _isRaw) = (plan.PayloadType, plan.BoundHost?.WithPort(0), plan.Inlet < 0, plan.IsRaw);
    }

    public SourcePlan Plan => _plan;

    /// <summary>Listens to another peer from now on and believes nothing of what it knew: the next sender must prove itself, and begins an epoch.</summary>
    public void ListenTo(in DatagramAddress peer, int payloadType)
    {
        (_bound, _isOpen, PayloadType) = (peer, true, payloadType);
        (_hasSsrc, _candidateSsrc, _candidate) = (false, 0, new RtpSourceValidator(_bounds));
        (_newEpoch, _lastAcceptedNs) = (true, long.MinValue / 2);
    }

    /// <summary>Listens to nobody until <see cref="ListenTo"/>.</summary>
    public void Close() => _isOpen = false;

    public SourceCounters Counters { get; } = new();

    /// <summary>The payload type in use, −1 until the first valid packet. Other threads may read it.</summary>
    public int PayloadType { get; private set; }

    /// <summary>The SSRC in use, for people. Other threads may read it.</summary>
    public uint Ssrc => _ssrc;

    /// <summary>Any thread: who sends; false before the first packet.</summary>
    public bool TryGetSender(out DatagramAddress sender)
    {
        int version;
        bool known;
        do
        {
            version = Volatile.Read(ref _senderVersion);
            (sender, known) = (_sender, _hasSender);
            Interlocked.MemoryBarrier();
        }
        while ((version & 1) != 0 || version != Volatile.Read(ref _senderVersion));
        return known;
    }

    /// <summary>When held packets must be looked at again, or missing ones asked for.</summary>
    public long DeadlineNs => Math.Min(_reorder.DeadlineNs, NextAskNs);

    /// <summary>
    /// Judges one datagram. True: <paramref name="packet"/> was taken into the window and owns its slot until
    /// <see cref="TryTake"/> hands it out. False: refused and counted; the slot is free again.
    /// </summary>
    public bool Offer(Span<byte> datagram, in DatagramAddress from, ref ArrivedPacket packet)
    {
        if (!IsFromPeer(in from))
        {
            Counters.ForeignSender++;
            return false;
        }
        var isRaw = IsRaw(datagram, packet.ArrivalNs);
        if (!(isRaw ? ReadRaw(datagram, in from, ref packet) : ReadRtp(datagram, in from, ref packet)))
            return false;
        Accept(from, datagram.Length, ref packet);
        return Hold(in packet);
    }

    /// <summary>The next packet in order that may go now.</summary>
    public bool TryTake(long nowNs, out ArrivedPacket packet)
    {
        if (!_reorder.TryTake(nowNs, out packet, out var lost))
            return false;
        Counters.Lost += lost;
        if (lost > 0)
            _missing?.OnPassed(packet.ExtendedSequence);
        packet.ArrivalNs += _plan.ReorderNs;
        if (_droppedEpoch)
            packet.Flags |= PacketFlags.NewEpoch;
        _droppedEpoch = false;
        return true;
    }

    /// <summary>A packet from <see cref="TryTake"/> went no farther: what it said of the stream, the next one must say.</summary>
    public void OnDropped(in ArrivedPacket packet) => _droppedEpoch = (packet.Flags & PacketFlags.NewEpoch) != 0;

    private bool IsRaw(ReadOnlySpan<byte> datagram, long arrivalNs) =>
        _plan.Detects && (!_hasSender || arrivalNs - _lastAcceptedNs > RelearnAfterNs)
            ? datagram.Length > 0 && datagram[0] == TsPacket.SyncByte : _isRaw;

    private bool IsFromPeer(in DatagramAddress from) =>
        _isOpen && (_bound is not { } bound || (bound.Port == 0 ? bound.SameHost(from) : bound.Equals(from)));

    // Garbage is counted as garbage whoever sends it; what could be media must come from the one sender.
    private bool IsFromSender(in DatagramAddress from, long arrivalNs)
    {
        if (!_hasSender || _sender.Equals(from) || arrivalNs - _lastAcceptedNs > RelearnAfterNs)
            return true;
        Counters.ForeignSender++;
        return false;
    }

    private bool ReadRaw(ReadOnlySpan<byte> datagram, in DatagramAddress from, ref ArrivedPacket packet)
    {
        if (datagram.Length == 0 || datagram.Length % TsPacket.Size != 0 || datagram[0] != TsPacket.SyncByte)
        {
            Counters.NotTransportStream++;
            return false;
        }
        if ((!_hasSender || !_sender.Equals(from)) && _own?.Sends(_plan.Feed, in from, _plan.Port) == true)
        {
            Counters.Looped++;
            return false;
        }
        if (!IsFromSender(in from, packet.ArrivalNs))
            return false;
        packet.ExtendedSequence = _highest + 1;
        packet.BodyOffset = packet.PayloadOffset = 0;
        packet.BodyLength = packet.PayloadLength = (ushort)datagram.Length;
        packet.FirstByte = RtpHeader.PlainFirstByte;
        packet.MarkerAndPayloadType = RtpStaticPayloadTypes.Mp2t;
        packet.Flags = PacketFlags.Raw;
        return true;
    }

    private bool ReadRtp(Span<byte> datagram, in DatagramAddress from, ref ArrivedPacket packet)
    {
        if (!RtpPacket.TryParse(datagram, out var rtp))
        {
            Counters.Malformed++;
            return false;
        }
        if (_missing is not null && rtp.PayloadType == _plan.Nack!.RtxPayloadType)
            return ReadRtx(datagram, in rtp, in from, ref packet);
        if ((!_hasSsrc || rtp.Ssrc != _ssrc) && _own?.Sends(_plan.Feed, rtp.Ssrc) == true)
        {
            Counters.Looped++;
            return false;
        }
        if (!IsFromSender(in from, packet.ArrivalNs))
            return false;
        if (!IsKnown(rtp.PayloadType))
        {
            Counters.WrongPayloadType++;
            return false;
        }
        if (!IsInSequence(rtp.Ssrc, rtp.SequenceNumber, out packet.ExtendedSequence))
            return false;
        PayloadType = rtp.PayloadType;
        packet.RtpTimestamp = rtp.Timestamp;
        packet.BodyOffset = RtpHeader.Size;
        packet.BodyLength = (ushort)(datagram.Length - RtpHeader.Size);
        packet.PayloadOffset = (ushort)rtp.PayloadOffset;
        packet.PayloadLength = (ushort)rtp.Payload.Length;
        packet.FirstByte = datagram[0];
        packet.MarkerAndPayloadType = datagram[1];
        return true;
    }

    // Without configuration a payload type must say by itself what it is (RFC 3551 §6), and the first one stays.
    private bool IsKnown(byte payloadType) => _plan.Detects ||
        (PayloadType >= 0 ? payloadType == PayloadType : RtpStaticPayloadTypes.Find(payloadType) is not null);

    private bool IsInSequence(uint ssrc, ushort sequence, out long extended)
    {
        extended = 0;
        if (_hasSsrc && ssrc == _ssrc)
            return Judge(_validator.Receive(sequence), sequence, out extended);
        // A new SSRC must prove itself like a new source, while the old one goes on (RFC 3550 §8.2, A.1).
        if (ssrc != _candidateSsrc)
            (_candidateSsrc, _candidate) = (ssrc, new RtpSourceValidator(_bounds));
        if (_candidate.Receive(sequence) != RtpVerdict.Accepted)
        {
            Counters.Probation++;
            return false;
        }
        if (_hasSsrc)
            Counters.SsrcChanges++;
        (_ssrc, _hasSsrc, _validator, _candidateSsrc) = (ssrc, true, _candidate, 0);
        extended = BeginEpoch(sequence);
        return true;
    }

    private bool Judge(RtpVerdict verdict, ushort sequence, out long extended)
    {
        extended = 0;
        switch (verdict)
        {
            case RtpVerdict.Accepted:
            case RtpVerdict.Misordered:
                extended = _epochBase + _validator.ExtendedOf(sequence);
                // From before the epoch began: its number belongs to the old epoch's packets, maybe to a hole among them.
                if (extended >= _epochStart)
                    return true;
                Counters.Late++;
                return false;
            case RtpVerdict.Restarted:
                Counters.Restarts++;
                extended = BeginEpoch(sequence);
                return true;
            case RtpVerdict.Duplicate:
                Counters.Duplicates++;
                return false;
            case RtpVerdict.Jump:
                Counters.Jumps++;
                return false;
            default:
                Counters.Probation++;
                return false;
        }
    }

    private long BeginEpoch(ushort sequence)
    {
        _newEpoch = true;
        _epochStart = _highest + 1;
        _epochBase = _epochStart - _validator.ExtendedOf(sequence);
        return _epochStart;
    }

    private void Accept(in DatagramAddress from, int length, ref ArrivedPacket packet)
    {
        var isRaw = (packet.Flags & PacketFlags.Raw) != 0;
        if (isRaw != _isRaw || (isRaw && (!_hasSender || !_sender.Equals(from))))
            _newEpoch = true;
        // When RTP comes (back), it proves itself as a new source does.
        (_isRaw, _hasSsrc) = (isRaw, _hasSsrc && !isRaw);
        if (!_hasSender || !_sender.Equals(from))
            Bind(from);
        _lastAcceptedNs = packet.ArrivalNs;
        if (_newEpoch)
            packet.Flags |= PacketFlags.NewEpoch;
        _newEpoch = false;
        if (!NoteSequence(in packet) && packet.ExtendedSequence < _highest)
            Counters.Reordered++;
        NoteReception(in packet);
        _highest = Math.Max(_highest, packet.ExtendedSequence);
        Counters.Packets++;
        Counters.Bytes += length;
        Volatile.Write(ref Counters.LastPacketNs, packet.ArrivalNs);
    }

    // A sequence lock: the writer makes the version odd while the address changes, the reader tries again (TryGetSender).
    private void Bind(in DatagramAddress from)
    {
        Interlocked.Increment(ref _senderVersion);
        (_sender, _hasSender) = (from, true);
        Interlocked.Increment(ref _senderVersion);
    }

    private bool Hold(in ArrivedPacket packet)
    {
        var verdict = _reorder.Offer(in packet);
        if (verdict == ReorderVerdict.Late)
            Counters.Late++;
        else if (verdict == ReorderVerdict.Duplicate)
            Counters.Duplicates++;
        return verdict == ReorderVerdict.Held;
    }
}
