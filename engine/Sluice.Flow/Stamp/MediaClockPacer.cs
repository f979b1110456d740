using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Flow;

/// <summary>
/// Gives packets delivery times from a media clock (RTP timestamp or PCR): a packet that carries a new clock reading is
/// an anchor; those between two anchors are spread by bytes, so that an input that arrives in frame bursts leaves
/// evenly. A servo follows the sender's drift. A packet waits at most the buffer for its next anchor. Owned by the stamp
/// thread; times are arguments.
/// </summary>
internal sealed class MediaClockPacer
{
    /// <summary>Two anchors farther apart than this are a break of the clock, not a slow one.</summary>
    private const long AnchorGapMaxNs = 2_000_000_000;

    private const long ServoJumpMinNs = 20_000_000;

    private struct Waiting
    {
        public ArrivedPacket Packet;
        public long BytesBefore;
    }

    private readonly PaceMode _mode;
    private readonly long _bufferNs;
    private readonly FeedCounters _counters;
    private readonly Waiting[] _waiting;
    private ClockServo _servo;
    private uint _head, _tail;              // waiting packets
    private uint _ready;                    // those before this one have their delivery time in ArrivalNs
    private long _anchorMediaNs, _anchorBytes;
    private bool _hasAnchor;
    private long _bytes;
    private long _unwrapped;                // last clock reading, ticks, without wraps
    private bool _hasReading;
    private int _pcrPid = -1;
    private long _lastDeliveryNs = long.MinValue;

    public MediaClockPacer(PaceMode mode, long bufferNs, int capacity, FeedCounters counters)
    {
        (_mode, _bufferNs, _counters) = (mode, bufferNs, counters);
        _waiting = new Waiting[capacity];
        // A lasting error beyond the buffer would put every packet into the past until the slow servo had followed.
        _servo = new ClockServo(Math.Max(bufferNs, ServoJumpMinNs));
    }

    /// <summary>When the oldest waiting packet goes even without an anchor.</summary>
    public long DeadlineNs => _head == _tail ? long.MaxValue : _ready != _head ? 0 : At(_head).Packet.ArrivalNs + _bufferNs;

    public bool IsFull => _tail - _head >= _waiting.Length;

    /// <summary>Takes one packet in; <paramref name="payload"/> is looked through for a PCR when that is the clock.</summary>
    public void Offer(in ArrivedPacket packet, ReadOnlySpan<byte> payload, int clockRate)
    {
        if ((packet.Flags & PacketFlags.NewEpoch) != 0)
            Forget();
        At(_tail) = new Waiting { Packet = packet, BytesBefore = _bytes };
        _tail++;
        if (TryReadClock(in packet, payload, clockRate, out var mediaNs))
            Anchor(mediaNs, packet.ArrivalNs);
        _bytes += packet.BodyLength;
    }

    /// <summary>Hands out the next packet whose delivery time (in its ArrivalNs) is known.</summary>
    public bool TryTake(long nowNs, out ArrivedPacket packet)
    {
        if (_head == _ready && _head != _tail && At(_head).Packet.ArrivalNs + _bufferNs <= nowNs)
            GiveUpWaiting();
        packet = default;
        if (_head == _ready)
            return false;
        packet = At(_head++).Packet;
        packet.ArrivalNs = _lastDeliveryNs = Math.Max(packet.ArrivalNs, _lastDeliveryNs);
        return true;
    }

    private ref Waiting At(uint index) => ref _waiting[index & (uint)(_waiting.Length - 1)];

    private void Anchor(long mediaNs, long arrivalNs)
    {
        var step = mediaNs - _anchorMediaNs;
        if (_hasAnchor && step is <= 0 or > AnchorGapMaxNs)
        {
            if (step is <= 0 and > -AnchorGapMaxNs)
                return;             // frames out of presentation order: this reading paces nothing
            _hasAnchor = false;
            _servo.Reset();
            _counters.ClockResets++;
        }
        if (_servo.Observe(mediaNs, arrivalNs))
            _counters.ClockResets++;
        // The anchor packet itself belongs to the stretch that it begins.
        if (_hasAnchor)
            SpreadUpTo(_tail - 1, mediaNs);
        else
            GiveUpUpTo(_tail - 1);
        (_anchorMediaNs, _anchorBytes, _hasAnchor) = (mediaNs, _bytes, true);
    }

    private void SpreadUpTo(uint end, long mediaNs)
    {
        var bytes = Math.Max(_bytes - _anchorBytes, 1);
        var local = _servo.OffsetNs + _bufferNs;
        for (; _ready != end; _ready++)
        {
            ref var waiting = ref At(_ready);
            var share = (double)(waiting.BytesBefore - _anchorBytes) / bytes;
            waiting.Packet.ArrivalNs = local + _anchorMediaNs + (long)(share * (mediaNs - _anchorMediaNs));
        }
    }

    private void GiveUpWaiting()
    {
        _counters.Unpaced += _tail - _ready;
        GiveUpUpTo(_tail);
        _hasAnchor = false;
    }

    // Without a clock, arrival plus the buffer is the best that is known.
    private void GiveUpUpTo(uint end)
    {
        for (; _ready != end; _ready++)
            At(_ready).Packet.ArrivalNs += _bufferNs;
    }

    private void Forget()
    {
        GiveUpUpTo(_tail);
        (_hasAnchor, _hasReading, _pcrPid) = (false, false, -1);
        _servo.Reset();
    }

    private bool TryReadClock(in ArrivedPacket packet, ReadOnlySpan<byte> payload, int clockRate, out long mediaNs)
    {
        mediaNs = 0;
        return _mode == PaceMode.Pcr ? TryReadPcr(payload, out mediaNs) : TryReadTimestamp(packet.RtpTimestamp, clockRate, out mediaNs);
    }

    private bool TryReadTimestamp(uint timestamp, int clockRate, out long mediaNs)
    {
        var isNew = !_hasReading || (uint)_unwrapped != timestamp;
        _unwrapped = _hasReading ? RtpTimestamp.Extend(_unwrapped, new RtpTimestamp(timestamp)) : timestamp;
        _hasReading = true;
        mediaNs = clockRate > 0 ? MediaTime.TicksToNs(_unwrapped, clockRate) : 0;
        return isNew && clockRate > 0;
    }

    // The first PID that carries a PCR is the program's clock; a multi-program stream is paced by its first program.
    private bool TryReadPcr(ReadOnlySpan<byte> payload, out long mediaNs)
    {
        mediaNs = 0;
        for (; payload.Length >= TsPacket.Size; payload = payload[TsPacket.Size..])
        {
            if (!TsPacket.TryParse(payload, out var ts) || !ts.TryGetPcr(out var pcr) || (_pcrPid >= 0 && ts.Pid != _pcrPid))
                continue;
            _pcrPid = ts.Pid;
            _unwrapped = _hasReading ? _unwrapped + TsClock.PcrDistance(PcrOf(_unwrapped), pcr) : pcr;
            _hasReading = true;
            mediaNs = MediaTime.TicksToNs(_unwrapped, TsClock.PcrHz);
            return true;
        }
        return false;
    }

    private static long PcrOf(long unwrapped)
    {
        var wrapped = unwrapped % TsClock.PcrModulus;
        return wrapped < 0 ? wrapped + TsClock.PcrModulus : wrapped;
    }
}
