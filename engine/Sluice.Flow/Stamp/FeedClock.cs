using Sluice.Linux;
using Sluice.Wire.Rtp;

namespace Sluice.Flow;

/// <summary>
/// A feed's RTP timeline: makes source timestamps continuous over restarts, and keeps the line between RTP time and
/// delivery time that sender reports state (RFC 3550 §6.4.1). Written by the stamp thread; the line may be read by any.
/// </summary>
internal sealed class FeedClock
{
    private ClockServo _line = new(250_000_000);
    private uint _offset;
    private long _unwrapped;
    private long _lastDeliveryNs;
    private bool _started;
    private long _deliveryMinusMediaNs;
    private int _clockRate;
    private long _firstLagNs;
    private Slew _shift = new(0, 0, 0);

    public FeedClock(int clockRate) => _clockRate = clockRate;

    /// <summary>Hz; 0 until it is known.</summary>
    public int ClockRate
    {
        get => Volatile.Read(ref _clockRate);
        set => Volatile.Write(ref _clockRate, value);
    }

    /// <summary>Another source of a replay's feed, that has no client: its line follows from its first packet.</summary>
    /// <param name="clockRate">Hz.</param>
    /// <param name="shiftNs">See <see cref="Shift"/>.</param>
    /// <param name="firstLagNs">By how much its first packet is later than the line of those that follow.</param>
    public void Begin(int clockRate, long shiftNs, long firstLagNs)
    {
        ClockRate = clockRate;
        _firstLagNs = firstLagNs;
        _line.Reset();
        Shift(shiftNs, 0, atOnce: true);
    }

    /// <summary>By how much it is ahead now, ns. Any thread.</summary>
    public long ShiftAt(long nowNs) => Volatile.Read(ref _shift).At(nowNs);

    /// <summary>
    /// By how much <see cref="At"/> is to be ahead of the line of delivery: what the tracks of one session differ in on their way here, by
    /// their sender's own reports, so that our reports put picture and sound together again. One thread at a time; any may read meanwhile.
    /// </summary>
    /// <param name="shiftNs">ns.</param>
    /// <param name="nowNs">The delivery time from which on.</param>
    /// <param name="atOnce">Nobody has had a report yet. Else the line gets there by <see cref="Slew.NsPerSecond"/>: players give packets the
    /// times that follow from the last report, and a report that went back would set their next frames before those that they have.</param>
    public void Shift(long shiftNs, long nowNs, bool atOnce) =>
        Volatile.Write(ref _shift, new Slew(atOnce ? shiftNs : Volatile.Read(ref _shift).At(nowNs), shiftNs, nowNs));

    /// <summary>Any thread: when a timestamp of the source that plays now is (or was) delivered, on the smoothed line. False before it is known.</summary>
    public bool TryPlace(uint sourceTimestamp, out long deliveryNs)
    {
        deliveryNs = 0;
        var (rate, ours) = (ClockRate, Volatile.Read(ref _unwrapped));
        if (!Volatile.Read(ref _started) || rate <= 0)
            return false;
        var ticks = RtpTimestamp.Extend(ours, new RtpTimestamp(sourceTimestamp + Volatile.Read(ref _offset)));
        deliveryNs = MediaTime.TicksToNs(ticks, rate) + Volatile.Read(ref _deliveryMinusMediaNs);
        return true;
    }

    /// <summary>
    /// Any thread: by how much a packet of this feed, sent or kept, was later than its line is now, ns. False before the line is known; without meaning for
    /// packets of half a turn of timestamps ago or of another run.
    /// </summary>
    public bool TryLag(uint timestamp, long deliveryNs, out long lagNs)
    {
        lagNs = 0;
        var (rate, ours) = (ClockRate, Volatile.Read(ref _unwrapped));
        if (!Volatile.Read(ref _started) || rate <= 0)
            return false;
        lagNs = deliveryNs - MediaTime.TicksToNs(RtpTimestamp.Extend(ours, new RtpTimestamp(timestamp)), rate) - Volatile.Read(ref _deliveryMinusMediaNs);
        return true;
    }

    /// <summary>The feed's timestamp for a packet of an RTP source.</summary>
    public uint OfSource(uint timestamp, long deliveryNs, bool newEpoch)
    {
        if (newEpoch && _started)
            _offset = (uint)(_unwrapped + MediaTime.NsToTicks(deliveryNs - _lastDeliveryNs, ClockRate)) - timestamp;
        return Observe(timestamp + _offset, deliveryNs);
    }

    /// <summary>The feed's timestamp for a bare transport stream: its delivery time at 90 kHz (RFC 2250 §2).</summary>
    public uint OfDelivery(long deliveryNs) => Observe((uint)MediaTime.NsToTicks(deliveryNs, ClockRate), deliveryNs);

    /// <summary>Any thread: the feed's RTP time at a delivery time, on the smoothed line.</summary>
    public uint At(long deliveryNs) =>
        (uint)MediaTime.NsToTicks(deliveryNs + Volatile.Read(ref _shift).At(deliveryNs) - Volatile.Read(ref _deliveryMinusMediaNs), ClockRate);

    /// <summary>It will be asked soon.</summary>
    public void LookAhead()
    {
        Prefetch.Line(ref _line);
        Prefetch.Line(ref _clockRate);
    }

    private uint Observe(uint timestamp, long deliveryNs)
    {
        var isNew = !_started || (uint)_unwrapped != timestamp;
        _unwrapped = _started ? RtpTimestamp.Extend(_unwrapped, new RtpTimestamp(timestamp)) : timestamp;
        (_started, _lastDeliveryNs) = (true, deliveryNs);
        if (isNew && ClockRate > 0)
        {
            _line.Observe(MediaTime.TicksToNs(_unwrapped, ClockRate), deliveryNs - _firstLagNs);
            _firstLagNs = 0;
            Volatile.Write(ref _deliveryMinusMediaNs, _line.OffsetNs);
        }
        return timestamp;
    }
}
