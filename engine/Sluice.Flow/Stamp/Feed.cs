using Sluice.Linux;
using Sluice.Wire.RandomAccess;

namespace Sluice.Flow;

/// <summary>What one feed shares with the rest of the stamp loop.</summary>
internal sealed record StampContext(
    EngineLimits Limits, Slab Slab, RingWriter<int> Returned, RingWriter<StoreRef>? ToStore, LoopGate[] SendGates, int TickShift);

/// <summary>
/// One ordered flow of packets that clients attach to: delivery times, trains, departures, and the window that keeps
/// packets until the last client is served. Owned by the stamp thread; send loops read the window and the clock.
/// </summary>
internal sealed class Feed
{
    /// <summary>A source that supplied nothing for this long gives its place to another source of the channel.</summary>
    private const long StandbyAfterNs = 1_000_000_000;

    // 2⁶⁴ / golden ratio: see DelayPlan.
    private const ulong GoldenStep = 0x9E37_79B9_7F4A_7C15;

    private readonly FeedPlan _plan;
    private readonly StampContext _context;
    private readonly MediaClockPacer? _pacer;
    private readonly TrainBuilder _builder;
    private readonly FeedHistory? _history;
    private long _lastDeliveryNs = long.MinValue;
    private long _sequence;
    private long _lastExtended;
    private int _activeSource = -1;
    private long _activeSeenNs;
    private bool _started;

    public Feed(int index, FeedPlan plan, StampContext context)
    {
        (Index, _plan, _context) = (index, plan, context);
        var historyPackets = plan.Start?.PacketsMax ?? 0;
        Window = new FeedWindow((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(context.Limits.FeedWindowPackets + historyPackets)));
        if (plan.RetransmitNs > 0)
            Window.Index = new RetransmitIndex(context.Limits.FeedWindowPackets);
        Clock = new FeedClock(plan.ClockRate);
        if (plan.Start is { } start)
        {
            Access = new AccessIndex(start.Codec, start.WindowNs + context.Limits.DelayMaxNs, Counters);
            _history = new FeedHistory(Window, historyPackets, context.Limits.BlockedBoundNs + (4L << context.TickShift));
        }
        _builder = new TrainBuilder(plan.QuantumNs, context.Limits.TrainPacketsMax, GridNs(index, plan.QuantumNs));
        if (plan.Pace != PaceMode.Arrival)
            _pacer = new MediaClockPacer(plan.Pace, plan.BufferNs, context.Limits.PacerPacketsMax, Counters);
    }

    public int Index { get; }
    public FeedPlan Plan => _plan;
    public FeedWindow Window { get; }
    public FeedClock Clock { get; }

    /// <summary>Where clients may start; null when all start live.</summary>
    public AccessIndex? Access { get; }
    public Audience Audience { get; } = new();
    public FeedCounters Counters { get; } = new();

    /// <summary>Makes this feed's packets from another feed's; null for a feed with sources.</summary>
    public FeedShaper? Shaper { get; init; }

    /// <summary>The feeds that are made from this one.</summary>
    public FeedShaper[] Shapers { get; set; } = [];

    /// <summary>Packets per ms as they would leave without spreading: each to every client at its delivery time.</summary>
    public BurstMeter Unspread { get; init; } = new();

    /// <summary>When the open train closes or a held packet goes.</summary>
    public long DeadlineNs => Math.Min(
        _builder.IsOpen ? _builder.ClosingNs - _plan.LeadNs : long.MaxValue, _pacer?.DeadlineNs ?? Shaper?.DeadlineNs ?? long.MaxValue);

    /// <summary>When its trains close. Set only between two sources of a replay's feed.</summary>
    public TrainGrid Grid
    {
        get => _builder.Grid;
        set => _builder.SetGrid(value);
    }

    /// <summary>Packets will come.</summary>
    public void LookAhead()
    {
        Prefetch.Line(ref _lastDeliveryNs);
        Prefetch.Line(ref _activeSeenNs);
        Prefetch.Line(ref Counters.Packets);
        Window.LookAhead();
        Clock.LookAhead();
        _builder.LookAhead();
    }

    public void Accept(in ArrivedPacket arrived, MonotonicTime now)
    {
        var packet = arrived;
        if (!IsFromActiveSource(ref packet))
        {
            Counters.Standby++;
            Return(packet.Slot);
            return;
        }
        if (_pacer is null)
        {
            Deliver(in packet);
            return;
        }
        // What had waited long enough when this one came must not be paced by it, however late we look.
        TakePaced(_pacer.IsFull ? long.MaxValue : packet.ArrivalNs);
        _pacer.Offer(in packet, Payload(in packet), Clock.ClockRate);
        TakePaced(now.Ns);
    }

    public void OnDeadline(MonotonicTime now)
    {
        TakePaced(now.Ns);
        Shaper?.OnDeadline(now.Ns);
        if (_builder.IsOpen && now.Ns + _plan.LeadNs >= _builder.ClosingNs)
            CloseTrain();
    }

    /// <summary>Gives back every slot that no send loop can still want: see <see cref="LoopGate.PassNs"/>.</summary>
    /// <param name="now">The start of the pass.</param>
    /// <param name="safeNs">The start of the slowest send loop's pass.</param>
    /// <param name="isPressed">Slots are short.</param>
    public void Release(MonotonicTime now, long safeNs, bool isPressed)
    {
        var keepNs = Audience.DelayMaxNs + _context.Limits.LateBoundNs + _context.Limits.BlockedBoundNs + (4L << _context.TickShift) + _plan.RetransmitNs;
        var end = Window.TrainTail;
        if (_history is not null)
            end = _history.Advance(now.Ns, safeNs, now.Ns - keepNs, now.Ns - keepNs - HistoryNs, isPressed);
        while (Window.TrainHead != end && Window.TryPeekOldest(out var deliveryNs) && deliveryNs + keepNs < safeNs)
            while (Window.TryRelease(out var slot))
                Return(slot);
    }

    private Span<byte> Payload(in ArrivedPacket packet) => _context.Slab.Bytes(packet.Slot).Slice(packet.PayloadOffset, packet.PayloadLength);

    // Feeds close their trains one after the other: a hundred channels with one output each must not make a burst of a hundred trains.
    private static long GridNs(int index, long quantumNs) => (long)Math.BigMul((ulong)index * GoldenStep, (ulong)quantumNs, out _);

    // Where every packet is an access point nobody begins before their own place.
    private long HistoryNs => Access!.Codec == AccessCodec.Everywhere ? 0 : _plan.Start!.WindowNs;

    private void TakePaced(long nowNs)
    {
        while (_pacer is not null && _pacer.TryTake(nowNs, out var packet))
            Deliver(in packet);
    }

    // Another source's numbers and clock have nothing to do with the old one's: its first packet begins an epoch, for the
    // pacer too, where packets of the old source may still wait.
    private bool IsFromActiveSource(ref ArrivedPacket packet)
    {
        if (packet.Source != _activeSource && (_activeSource < 0 || packet.ArrivalNs - _activeSeenNs > StandbyAfterNs))
        {
            _activeSource = packet.Source;
            packet.Flags |= PacketFlags.NewEpoch;
        }
        if (packet.Source != _activeSource)
            return false;
        _activeSeenNs = packet.ArrivalNs;
        return true;
    }

    // From here on a packet's ArrivalNs is its delivery time.
    private void Deliver(in ArrivedPacket packet)
    {
        if (Window.IsFull)
        {
            Counters.WindowFull++;
            _started &= (packet.Flags & PacketFlags.NewEpoch) == 0;     // the next packet must begin the epoch instead
            Return(packet.Slot);
            return;
        }
        var deliveryNs = _lastDeliveryNs = Math.Max(packet.ArrivalNs, _lastDeliveryNs);
        var isBreak = !_started || (packet.Flags & PacketFlags.NewEpoch) != 0;
        if (isBreak && _sequence > 0)
            Counters.Discontinuities++;
        // A lost packet leaves its hole in the numbers, so that receivers see the loss; a break of the source does not.
        var step = isBreak ? 1 : packet.ExtendedSequence - _lastExtended;
        _sequence += step;
        (_lastExtended, _started) = (packet.ExtendedSequence, true);
        var timestamp = (packet.Flags & PacketFlags.Raw) != 0 ? Clock.OfDelivery(deliveryNs) : Clock.OfSource(packet.RtpTimestamp, deliveryNs, isBreak);
        Count(in packet, deliveryNs);
        Store(in packet, deliveryNs, timestamp, isBreak);
        Stamp(in packet, deliveryNs, timestamp);
        Access?.Look(Payload(in packet), Window.PacketTail - 1, Window.TrainTail, deliveryNs, step != 1, isBreak);
        if (_builder.IsFull)
            CloseTrain();
        foreach (var shaper in Shapers)
            shaper.Accept(Payload(in packet), in packet, timestamp, deliveryNs, lost: step - 1, isBreak);
    }

    private void Stamp(in ArrivedPacket packet, long deliveryNs, uint timestamp)
    {
        var stamped = new FeedPacket
        {
            Body = _context.Slab.Address(packet.Slot) + packet.BodyOffset,
            Slot = packet.Slot,
            Sequence = (uint)_sequence,
            RtpTimestamp = timestamp,
            BodyLength = packet.BodyLength,
            PayloadSkip = (ushort)(packet.PayloadOffset - packet.BodyOffset),
            PayloadLength = packet.PayloadLength,
            FirstByte = packet.FirstByte,
            MarkerAndPayloadType = packet.MarkerAndPayloadType,
        };
        if (_builder.MustCloseBefore(deliveryNs))
            CloseTrain();
        _builder.Add(in stamped, Window.PacketTail, deliveryNs);
        Window.Index?.Set(stamped.Sequence, Window.PacketTail, deliveryNs);
        Window.Append(in stamped);
    }

    private void CloseTrain()
    {
        var train = _builder.Close();
        Window.Publish(in train);
        Counters.Trains++;
        Counters.Departures += Audience.Count;
        foreach (var gate in _context.SendGates)
            gate.NotifyTrain();
    }

    private void Count(in ArrivedPacket packet, long deliveryNs)
    {
        Counters.Packets++;
        Counters.Bytes += packet.BodyLength;
        Volatile.Write(ref Counters.LastPacketNs, deliveryNs);
        if (Audience.Count > 0)
            Unspread.Add(deliveryNs, Audience.Count);
    }

    private void Store(in ArrivedPacket packet, long deliveryNs, uint timestamp, bool isBreak)
    {
        if (!_plan.Stored || _context.ToStore is null)
            return;
        var reference = new StoreRef
        {
            DeliveryNs = deliveryNs,
            FeedSequence = _sequence,
            Slot = packet.Slot,
            Generation = _context.Slab.Generation(packet.Slot),
            Feed = Index,
            RtpTimestamp = timestamp,
            PayloadOffset = packet.PayloadOffset,
            PayloadLength = packet.PayloadLength,
            MarkerAndPayloadType = packet.MarkerAndPayloadType,
            Discontinuity = isBreak,
        };
        if (!_context.ToStore.TryAdd(in reference))
            Counters.StoreBehind++;
    }

    private void Return(int slot)
    {
        var returned = _context.Returned.TryWrite(in slot);
        System.Diagnostics.Debug.Assert(returned, "the return ring holds every slot of the slab");
    }
}
