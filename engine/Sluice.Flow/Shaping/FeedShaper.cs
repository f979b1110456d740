using Sluice.Wire.MpegTs;

namespace Sluice.Flow;

/// <summary>
/// Makes one feed's packets out of another's: takes the transport packets of every delivered datagram apart and fills datagrams of its
/// own with them, in slots of its own. Once for each way of shaping a channel, however many clients want it. Owned by the stamp thread.
/// </summary>
internal sealed class FeedShaper : IDisposable
{
    /// <summary>Transport packets that may wait for the next clock reference: 120 ms at 100 Mbit/s.</summary>
    private const int CbrPacketsMax = 8_192;

    /// <summary>A datagram that is not full by then goes as it is: the source has stopped, or is slower than any picture.</summary>
    private const long FlushAfterNs = 250_000_000;

    private readonly ShapingPlan _plan;
    private readonly Slab _slab;
    private readonly FreeSlots _free;
    private readonly CbrMux? _cbr;
    private readonly byte[] _packet = new byte[TsPacket.Size];
    private ArrivedPacket _open;
    private int _openSlot = -1, _filled;
    private long _flushNs = long.MaxValue;
    private long _sequence;
    private bool _isIdle = true;

    /// <param name="plan">How.</param>
    /// <param name="slab">The shaped feed's own slots.</param>
    /// <param name="returned">Where its feed gives them back.</param>
    public FeedShaper(ShapingPlan plan, Slab slab, RingReader<int> returned)
    {
        (_plan, _slab) = (plan, slab);
        _free = new FreeSlots(slab.Slots, returned);
        _cbr = plan.CbrBitsPerSecond > 0 ? new CbrMux(plan.CbrBitsPerSecond, CbrPacketsMax, Counters) : null;
    }

    /// <summary>The feed that it fills.</summary>
    public Feed Feed { get; set; } = null!;

    public ShapingCounters Counters { get; } = new();

    /// <summary>When a datagram that is not full goes all the same.</summary>
    public long DeadlineNs => _flushNs;

    /// <summary>Bytes of a slot for so many transport packets, in whole cache lines.</summary>
    public static int SlotBytes(int tsPackets) => (tsPackets * TsPacket.Size + 63) & ~63;

    /// <summary>One datagram of the other feed, at its delivery time.</summary>
    /// <param name="payload">Whole transport packets.</param>
    /// <param name="packet">Its header's facts; the timestamp is the feed's own.</param>
    /// <param name="lost">Datagrams that are missing before it.</param>
    public void Accept(ReadOnlySpan<byte> payload, in ArrivedPacket packet, uint timestamp, long deliveryNs, long lost, bool isBreak)
    {
        if (Feed.Audience.Count == 0)
        {
            BecomeIdle();
            return;
        }
        _isIdle = false;
        if (!TsDatagram.TryParse(payload, out _))
        {
            Counters.NotTransportStream++;
            return;
        }
        if (isBreak || lost > 0)
            Interrupt(lost, isBreak);
        for (; payload.Length > 0; payload = payload[TsPacket.Size..])
        {
            if (_cbr is not null)
                TakeCbr(payload, deliveryNs);
            else
                Take(payload[..TsPacket.Size], deliveryNs, timestamp, packet.MarkerAndPayloadType);
        }
    }

    public void OnDeadline(long nowNs)
    {
        if (nowNs >= _flushNs)
            Flush(Math.Max(nowNs, _open.ArrivalNs));
    }

    public void Dispose() => _slab.Dispose();

    // A datagram does not bridge a hole, and the hole stays one in the numbers.
    private void Interrupt(long lost, bool isBreak)
    {
        if (_cbr is null)
        {
            Flush(_open.ArrivalNs);
            _sequence += isBreak ? 0 : lost;
        }
        else if (isBreak)
            _cbr.Restart();
    }

    private void Take(ReadOnlySpan<byte> ts, long deliveryNs, uint timestamp, byte markerAndPayloadType)
    {
        if (_plan.RemoveNulls && TsPacket.TryParse(ts, out var view) && view.IsNull)
        {
            Counters.NullsRemoved++;
            return;
        }
        if (!TryOpen(deliveryNs, timestamp, markerAndPayloadType, PacketFlags.None))
            return;
        _open.ArrivalNs = deliveryNs;
        _flushNs = _filled == 0 ? deliveryNs + FlushAfterNs : _flushNs;
        Append(ts);
    }

    private void TakeCbr(ReadOnlySpan<byte> bytes, long deliveryNs)
    {
        if (TsPacket.TryParse(bytes, out var ts))
            _cbr!.Offer(bytes, in ts, deliveryNs);
        // Its place in time is the first slot's; the timestamp follows from it, as for a bare transport stream.
        while (_cbr!.TryTake(_packet, out var slotNs))
            if (TryOpen(slotNs, 0, 33, PacketFlags.Raw))
                Append(_packet);
    }

    private bool TryOpen(long deliveryNs, uint timestamp, byte markerAndPayloadType, PacketFlags flags)
    {
        if (_openSlot >= 0)
            return true;
        if (!_free.TryTake(out _openSlot))
        {
            Counters.SlotsFull++;
            return false;
        }
        _open = new ArrivedPacket
        {
            ArrivalNs = deliveryNs, Slot = _openSlot, RtpTimestamp = timestamp, FirstByte = 0x80, MarkerAndPayloadType = markerAndPayloadType, Flags = flags,
        };
        return true;
    }

    private void Append(ReadOnlySpan<byte> ts)
    {
        ts.CopyTo(_slab.Bytes(_openSlot)[(_filled++ * TsPacket.Size)..]);
        if (_filled == _plan.TsPackets)
            Flush(_open.ArrivalNs);
    }

    private void Flush(long deliveryNs)
    {
        if (_openSlot < 0)
            return;
        _open.ArrivalNs = deliveryNs;
        _open.ExtendedSequence = ++_sequence;
        _open.BodyLength = _open.PayloadLength = (ushort)(_filled * TsPacket.Size);
        (_openSlot, _filled, _flushNs) = (-1, 0, long.MaxValue);
        Feed.Accept(in _open, new Sluice.Linux.MonotonicTime(deliveryNs));
    }

    private void BecomeIdle()
    {
        if (_isIdle)
            return;
        _isIdle = true;
        _cbr?.Reset();
        if (_openSlot >= 0)
            _free.Return(_openSlot);
        (_openSlot, _filled, _flushNs) = (-1, 0, long.MaxValue);
    }
}
