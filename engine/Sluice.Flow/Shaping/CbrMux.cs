using System.Diagnostics;
using Sluice.Wire.MpegTs;

namespace Sluice.Flow;

/// <summary>
/// Lays a transport stream onto the slots of a constant rate and fills the empty ones with null packets. Slots and clock references are
/// on one timeline, the sender's 27 MHz: the references that come in place every packet between them by bytes, a packet goes into the
/// first free slot that is not before its place, and a reference is rewritten to the time of the slot it lands in. So the references that
/// go out are exact to a tick (37 ns) against their byte position, whatever the input was (TR 101 290 §5.2.2 asks for 500 ns), while the
/// stream stays on its sender's clock. Owned by the stamp thread; times are arguments; allocates nothing after construction.
/// </summary>
internal sealed class CbrMux
{
    /// <summary>27 MHz ticks that 188 bytes take at 1 bit/s.</summary>
    private const long TicksPerPacketAtOneBit = TsPacket.Size * 8 * TsClock.PcrHz;

    /// <summary>References farther apart than this are a break of the clock.</summary>
    private const long AnchorGapMaxTicks = TsClock.PcrHz;

    /// <summary>A packet that would leave so much after its place shows that the rate is too small for the stream.</summary>
    private const long BehindMaxTicks = TsClock.PcrHz / 5;

    private const long ServoJumpNs = 100_000_000;

    private struct Waiting
    {
        public long Index;          // of all packets that came, nulls included
        public long DeliveryNs;     // as the feed has it
        public long Ticks;          // its place on the sender's timeline
        public long OffsetNs;       // local time − sender's time
        public bool IsBreak;        // a new timeline begins
    }

    private readonly long _slotTicks, _slotRest, _rate;
    private readonly ShapingCounters _counters;
    private readonly Waiting[] _waiting;
    private readonly byte[] _bytes;
    private uint _head, _ready, _tail;
    private ClockServo _servo = new(ServoJumpNs);
    private long _index;
    private int _pcrPid = -1;
    private long _pcr;                      // last reference, without wraps
    private long _anchorIndex;
    private bool _hasAnchor, _breakAhead, _runs;
    private long _ticksPerPacketQ16;        // of the last stretch, for what a break cuts off
    private long _nextSlot, _nextRest;      // the next slot's time

    public CbrMux(long bitsPerSecond, int packets, ShapingCounters counters)
    {
        Debug.Assert(int.IsPow2(packets), "It indexes by mask.");
        (_rate, _counters) = (bitsPerSecond, counters);
        _slotTicks = Math.DivRem(TicksPerPacketAtOneBit, bitsPerSecond, out _slotRest);
        _waiting = new Waiting[packets];
        _bytes = new byte[packets * TsPacket.Size];
    }

    /// <summary>The source begins anew: what has no place yet never gets one.</summary>
    public void Restart()
    {
        Drop();
        (_hasAnchor, _pcrPid) = (false, -1);
        _servo.Reset();
    }

    /// <summary>Forgets everything: nobody wants the stream.</summary>
    public void Reset()
    {
        (_head, _ready, _tail, _runs, _breakAhead) = (0, 0, 0, false, false);
        Restart();
    }

    /// <summary>Takes one transport packet in.</summary>
    public void Offer(ReadOnlySpan<byte> bytes, in TsPacket packet, long deliveryNs)
    {
        if (packet.TryGetPcr(out var pcr) && (_pcrPid < 0 || packet.Pid == _pcrPid))
            Anchor(packet.Pid, pcr, deliveryNs);
        _index++;
        if (packet.IsNull)
            return;
        if (_tail - _head == _waiting.Length)
            Drop();
        if (_tail - _head == _waiting.Length)
        {
            _counters.OverRate++;
            return;
        }
        At(_tail) = new Waiting { Index = _index - 1, DeliveryNs = deliveryNs, IsBreak = _breakAhead };
        bytes[..TsPacket.Size].CopyTo(Bytes(_tail++));
        _breakAhead = false;
    }

    /// <summary>The next packet of the constant-rate stream and the local time of its slot; false when none can be placed yet.</summary>
    public bool TryTake(Span<byte> target, out long slotNs)
    {
        slotNs = 0;
        while (_head != _ready)
        {
            ref var next = ref At(_head);
            if (!_runs || next.IsBreak)
                Begin(ref next);
            slotNs = next.OffsetNs + ShapingPlan.CbrDelayNs + MediaTime.TicksToNs(_nextSlot, TsClock.PcrHz);
            if (_nextSlot < next.Ticks)
            {
                TsPacket.WriteNull(target);
                _counters.NullsAdded++;
                Advance();
                return true;
            }
            if (_nextSlot - next.Ticks > BehindMaxTicks)
            {
                _counters.OverRate++;
                _head++;
                continue;
            }
            Bytes(_head++).CopyTo(target);
            Restamp(target, _nextSlot - next.Ticks);
            Advance();
            return true;
        }
        return false;
    }

    private ref Waiting At(uint number) => ref _waiting[number & (uint)(_waiting.Length - 1)];

    private Span<byte> Bytes(uint number) => _bytes.AsSpan((int)(number & (uint)(_waiting.Length - 1)) * TsPacket.Size, TsPacket.Size);

    // The slots go on in local time; only the sender's timeline is another.
    private void Begin(ref Waiting first)
    {
        (_nextSlot, _nextRest) = (first.Ticks, 0);
        if (_runs && first.IsBreak)
        {
            _counters.ClockBreaks++;
            MarkDiscontinuity(Bytes(_head));
        }
        (_runs, first.IsBreak) = (true, false);
    }

    private void Advance()
    {
        _nextSlot += _slotTicks;
        _nextRest += _slotRest;
        if (_nextRest < _rate)
            return;
        _nextRest -= _rate;
        _nextSlot++;
    }

    // A reference moves with its packet. The program's own then says exactly the time of its slot.
    private static void Restamp(Span<byte> packet, long shiftTicks)
    {
        if (TsPacket.TryParse(packet, out var view) && view.TryGetPcr(out var pcr))
            TsPacket.TryWritePcr(packet, pcr + shiftTicks);
    }

    // ISO/IEC 13818-1 §2.4.3.5: the packet that begins another time base says so.
    private static void MarkDiscontinuity(Span<byte> packet)
    {
        if (TsPacket.TryParse(packet, out var view) && view.AdaptationField.Length > 0)
            packet[TsPacket.HeaderSize + 1] |= 0x80;
    }

    private void Anchor(ushort pid, long pcr, long deliveryNs)
    {
        var step = _hasAnchor ? TsClock.PcrDistance(PcrOf(_pcr), pcr) : 0;
        var isBreak = _hasAnchor && step is <= 0 or > AnchorGapMaxTicks;
        if (_hasAnchor && !isBreak)
            Place(step, _index - _anchorIndex);
        else
            Extrapolate();
        if (isBreak || !_hasAnchor)
        {
            _servo.Reset();
            _breakAhead = true;
        }
        _pcr = _hasAnchor && !isBreak ? _pcr + step : pcr;
        (_pcrPid, _anchorIndex, _hasAnchor) = (pid, _index, true);
        _servo.Observe(MediaTime.TicksToNs(_pcr, TsClock.PcrHz), deliveryNs);
    }

    // Between two references every packet has its place by bytes.
    private void Place(long stepTicks, long packets)
    {
        _ticksPerPacketQ16 = (stepTicks << 16) / Math.Max(packets, 1);
        for (; _ready != _tail; _ready++)
        {
            ref var waiting = ref At(_ready);
            (waiting.Ticks, waiting.OffsetNs) = (_pcr + (waiting.Index - _anchorIndex) * stepTicks / packets, _servo.OffsetNs);
        }
    }

    // What a break cuts off goes on at the rate of the stretch before.
    private void Extrapolate()
    {
        if (!_hasAnchor)
            Drop();
        for (; _ready != _tail; _ready++)
        {
            ref var waiting = ref At(_ready);
            (waiting.Ticks, waiting.OffsetNs) = (_pcr + ((waiting.Index - _anchorIndex) * _ticksPerPacketQ16 >> 16), _servo.OffsetNs);
        }
    }

    private void Drop()
    {
        _counters.NoClock += _tail - _ready;
        _tail = _ready;
    }

    private static long PcrOf(long unwrapped)
    {
        var wrapped = unwrapped % TsClock.PcrModulus;
        return wrapped < 0 ? wrapped + TsClock.PcrModulus : wrapped;
    }
}
