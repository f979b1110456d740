using System.Numerics;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Flow;

/// <summary>What all replays share. Replay thread.</summary>
internal sealed record ReplayContext(ReplayLimits Limits, ReplaySlots Slots, StorePrefetch Prefetch)
{
    /// <summary>What the replays' cursors read into, one after the other: each payload is copied at once.</summary>
    public ReadBuffer Buffer { get; } = new();
}

/// <summary>
/// One replay at work: reads its source ahead of time, gives each packet its delivery time and a slot, and puts it on its feed. Its feed is
/// made at start and serves one source after the other. Owned by the replay thread.
/// </summary>
internal sealed class Replay(Feed feed, ReplayContext context)
{
    private ReplaySource? _source;
    private ReplayPlan _plan = null!;
    private ReplayCounters _counters = null!;
    private ArrivedPacket _next;
    private bool _hasNext, _isFirst, _isEnded;
    private long _shiftNs, _lastDeliveryNs;

    public Feed Feed => feed;

    /// <summary>When it is to be looked at again, ns.</summary>
    public long LookNs { get; private set; } = long.MaxValue;

    public bool IsOpen => _source is not null;

    /// <summary>Whether another source may have it: the last one's packets have left.</summary>
    public bool IsVacant => _source is null && feed.Window.Count == 0;

    public void Open(ReplaySource source, ReplayPlan plan, ReplayCounters counters, MonotonicTime now)
    {
        (_source, _plan, _counters) = (source, plan, counters);
        (_hasNext, _isFirst, _isEnded, _lastDeliveryNs) = (false, true, false, 0);
        feed.Clock.Begin(plan.ClockRate, plan.ReportShiftNs, plan.FirstLagNs);
        feed.Grid = plan.Grid ?? new TrainGrid(feed.Plan.QuantumNs, feed.Grid.LineNs);
        LookNs = now.Ns;
        if (source.Cursor is not { } cursor)
            return;
        cursor.ReadInto(context.Buffer);
        context.Prefetch.Add(cursor);
    }

    public void Close()
    {
        if (_source?.Cursor is { } cursor)
            context.Prefetch.Remove(cursor);
        if (_hasNext)
            context.Slots.Return(_next.Slot);
        _source?.Dispose();
        (_source, _hasNext) = (null, false);
        feed.OnDeadline(new MonotonicTime(long.MaxValue / 2));      // the open train, so that its packets can be given back
    }

    /// <summary>It will be looked at next.</summary>
    public void LookAhead()
    {
        Prefetch.Line(ref _next);
        Prefetch.Line(ref _lastDeliveryNs);
        feed.LookAhead();
    }

    /// <summary>A client came: what waited for one begins.</summary>
    public void Wake(MonotonicTime now) => LookNs = Math.Min(LookNs, now.Ns);

    /// <summary>One look: reads up to so many packets. Returns how many.</summary>
    public int Look(MonotonicTime now, long safeNs, int packetsMax)
    {
        context.Slots.Collect();
        var read = _source is null || !MayBegin(now) ? 0 : Read(now, packetsMax);
        if (feed.DeadlineNs <= now.Ns + 2 * context.Limits.LookNs)
            feed.OnDeadline(now);
        feed.Release(now, safeNs, isPressed: false);
        LookNs = read == packetsMax ? now.Ns : IsVacant ? long.MaxValue : now.Ns + context.Limits.LookNs;
        if (_isEnded && !_counters.HasEnded && now.Ns > _lastDeliveryNs + feed.Audience.DelayMaxNs + context.Limits.LookNs)
            End();
        return read;
    }

    // Who begins with the first packet must be there before it: its clients attach after the replay was opened.
    private bool MayBegin(MonotonicTime now) => !_isFirst || _plan.ShiftNs is not null || (_plan.Together is { } together
        ? together.Shift(this, feed.Audience.Count > 0, context.Limits.LookNs, now) is not null : feed.Audience.Count > 0);

    private int Read(MonotonicTime now, int packetsMax)
    {
        var (hadRead, slackNs) = (_lastDeliveryNs > 0, _lastDeliveryNs - now.Ns);
        var read = 0;
        for (; read < packetsMax && TryPeek(now) && _next.ArrivalNs <= now.Ns + context.Limits.AheadNs; read++)
        {
            if (feed.Window.IsAlmostFull && !feed.Window.TryGrow(WindowMax))
            {
                _counters.NoRoom++;
                break;
            }
            Put(now);
        }
        // Slack says how near the reader came to being late, so only a look that had something to read counts.
        if (hadRead && read > 0)
            NoteSlack(slackNs);
        return read;
    }

    private void NoteSlack(long slackNs)
    {
        Volatile.Write(ref _counters.SlackNs, slackNs);
        if (slackNs < _counters.SlackMinNs)
            Volatile.Write(ref _counters.SlackMinNs, slackNs);
    }

    private void Put(MonotonicTime now)
    {
        if (_next.ArrivalNs < now.Ns)
            _counters.ReadLate++;
        _lastDeliveryNs = _next.ArrivalNs;
        _hasNext = false;
        feed.Accept(in _next, now);
    }

    private int WindowMax => (int)BitOperations.RoundUpToPowerOf2((uint)_plan.WindowPackets);

    private bool TryPeek(MonotonicTime now)
    {
        while (!_hasNext && !_isEnded)
        {
            var status = _source!.TryPeekPlace(out var place) && context.Slots.TryFind(in place, out var slot, out var meta, out var length)
                ? TakeShared(slot, in meta, length, now) : ReadNext(now);
            _isEnded = status == ReplayStatus.Ended;
            if (status == ReplayStatus.Waiting)
                return false;
        }
        return _hasNext;
    }

    private ReplayStatus TakeShared(int slot, in RecordMeta meta, int length, MonotonicTime now)
    {
        var status = _source!.Take(in meta, length, out var packet);
        if (status == ReplayStatus.Packet)
            Fill(slot, in packet, length, now);
        else
            context.Slots.Return(slot);
        return status;
    }

    private ReplayStatus ReadNext(MonotonicTime now)
    {
        if (!context.Slots.TryTake(out var slot))
        {
            _counters.NoRoom++;
            return ReplayStatus.Waiting;
        }
        var status = _source!.TryNext(out var packet, out var payload);
        if (status != ReplayStatus.Packet || !IsShort(payload))
        {
            context.Slots.Return(slot);
            return status;
        }
        payload.CopyTo(context.Slots.Slab.Bytes(slot));
        if (_source.TryTell(out var place, out var meta))
            context.Slots.Share(slot, in place, in meta, payload.Length);
        Fill(slot, in packet, payload.Length, now);
        return status;
    }

    private bool IsShort(ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= context.Slots.Slab.SlotBytes)
            return true;
        _counters.TooLong++;
        return false;
    }

    private void Fill(int slot, in ReplayPacket packet, int length, MonotonicTime now)
    {
        _next = new ArrivedPacket
        {
            Slot = slot,
            ArrivalNs = DeliveryNs(packet.MediaNs, now),
            ExtendedSequence = (long)packet.Sequence,
            RtpTimestamp = packet.RtpTimestamp,
            BodyLength = (ushort)length,
            PayloadLength = (ushort)length,
            FirstByte = RtpVersion,
            MarkerAndPayloadType = packet.MarkerAndPayloadType,
            Flags = _isFirst || packet.IsBreak ? PacketFlags.NewEpoch : PacketFlags.None,
        };
        (_isFirst, _hasNext) = (false, true);
        _counters.Packets++;
        _counters.Bytes += length;
        Volatile.Write(ref _counters.LastMediaNs, packet.MediaNs);
    }

    // The first packet fixes the line; a rate compresses it from there.
    private long DeliveryNs(long mediaNs, MonotonicTime now)
    {
        if (_isFirst)
        {
            _shiftNs = _plan.ShiftNs ?? _plan.Together?.ShiftNs ?? now.Ns + ReplayTogether.BeginNs - mediaNs;
            Volatile.Write(ref _counters.FirstMediaNs, mediaNs);
            _counters.SetShift(_shiftNs);
        }
        var first = _counters.FirstMediaNs;
        return _plan.Rate == 1 ? mediaNs + _shiftNs : first + _shiftNs + (long)((mediaNs - first) / _plan.Rate);
    }

    private void End()
    {
        Volatile.Write(ref _counters.HasEnded, true);
        _plan.OnEnded?.Invoke();
    }

    private const byte RtpVersion = 0x80;
}
