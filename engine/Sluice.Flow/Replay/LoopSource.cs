using Sluice.Store;
using Sluice.Wire.RandomAccess;

namespace Sluice.Flow;

/// <summary>
/// Repeats a stretch of content as one stream: sequence, timestamps and media time go on over the seam, and so do the times and counters inside a
/// transport stream. The stored bytes stay as they are; what is sent is a copy. The content is opened anew for each turn. Owned by the replay thread.
/// </summary>
public sealed class LoopSource : ReplaySource
{
    /// <summary>Shorter turns are no content, and would be read without end.</summary>
    public const long PeriodNsMin = 100_000_000;

    /// <summary>How far behind its end a turn is looked at for what began before it.</summary>
    private const long TailNs = 1_000_000_000;

    /// <summary>
    /// By how much the media's own clock may differ from the times of delivery and still say how long a turn is: those shake by the network's
    /// jitter, and at the end of content by what an encoder buffers. More is another clock somewhere in it.
    /// </summary>
    private const long ClocksDifferNsMax = 1_000_000_000;

    private readonly Func<ReplaySource?> _open;
    private readonly LoopPlan _plan;
    private readonly LoopMedia _media;
    private readonly LoopQueue _ready = new();
    private ReplaySource? _content;
    private long _shiftNs, _lastNs = long.MinValue, _latestNs = long.MaxValue, _firstNs, _lastContentNs, _packets;
    private ulong _sequence, _lastContentSequence, _hole;
    private uint _shiftTicks, _lastTimestamp;
    private bool _isBreak, _hasEnded;

    /// <param name="open">The content from its beginning, some time before <see cref="LoopPlan.BeginNs"/>; null when it is gone. Called once a turn.</param>
    /// <param name="plan">What to do.</param>
    public LoopSource(Func<ReplaySource?> open, LoopPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (_open, _plan) = (open, plan);
        _media = plan.Codec == AccessCodec.MpegTs ? new TsLoopMedia() : new RtpLoopMedia(plan.Codec);
    }

    /// <summary>A loop of a stretch of a channel, which it owns: disposing it lets go of the segments.</summary>
    public static LoopSource Of(StoredRange range, long turns)
    {
        ArgumentNullException.ThrowIfNull(range);
        var codec = RtpAccess.CodecOf(range.Media.Encoding, isAudio: false);
        var plan = new LoopPlan { Turns = turns, Codec = codec, ClockRate = (int)range.Media.ClockRate };
        return new LoopSource(() => new RangeSource(range), plan) { Owned = range };
    }

    /// <summary>A loop of a whole stored object, which is opened anew for each turn; it ends when that is deleted.</summary>
    public static LoopSource Of(Asset asset, StoredMedia media, long turns)
    {
        ArgumentNullException.ThrowIfNull(asset);
        var plan = new LoopPlan { Turns = turns, Codec = RtpAccess.CodecOf(media.Encoding, isAudio: false), ClockRate = (int)media.ClockRate };
        return new LoopSource(() => AssetReplaySource.TryOpen(asset, out _), plan);
    }

    public LoopProgress Progress { get; } = new();

    /// <summary>Disposed with it, behind the content.</summary>
    public IDisposable? Owned { get; init; }

    public override ReplayStatus TryNext(out ReplayPacket packet, out ReadOnlySpan<byte> payload)
    {
        for (; ; )
        {
            if (_ready.TryPop(out packet, out payload))
            {
                packet = Stamp(in packet);
                return ReplayStatus.Packet;
            }
            if (_hasEnded)
                return ReplayStatus.Ended;
            if (_content is null && !TryBegin())
                continue;
            if (!TryRead(out var isWaiting))
                EndTurn();
            else if (isWaiting)
                return ReplayStatus.Waiting;
        }
    }

    protected override void Dispose(bool disposing)
    {
        _content?.Dispose();
        Owned?.Dispose();
        (_content, _hasEnded) = (null, true);
        base.Dispose(disposing);
    }

    private bool TryBegin()
    {
        _content = _open();
        if (_content is null)
        {
            End("what it repeats is gone");
            return false;
        }
        Progress.Turn++;
        Progress.PlaceNs = 0;
        (_packets, _hole) = (0, 0);
        _media.BeginTurn();
        return true;
    }

    // False when the turn is over.
    private bool TryRead(out bool isWaiting)
    {
        isWaiting = false;
        if (_media.IsOver)
            return false;
        var status = _content!.TryNext(out var packet, out var payload);
        isWaiting = status == ReplayStatus.Waiting;
        if (status != ReplayStatus.Packet)
            return isWaiting && !_media.HasEnded;
        if (_media.HasEnded && packet.MediaNs > _media.EndedNs + TailNs)
            return false;
        var (hadBegun, hadEnded) = (_media.HasBegun, _media.HasEnded);
        var (mayBegin, mayEnd) = _content is RangeSource range
            ? (range.MayBegin, range.MayEnd) : (packet.MediaNs >= _plan.BeginNs, packet.MediaNs >= _plan.EndNs);
        _media.Take(in packet, payload, mayBegin, mayEnd, _ready);
        if (_media.HasBegun && !hadEnded)
            Note(in packet, isFirst: !hadBegun);
        return true;
    }

    private void Note(in ReplayPacket packet, bool isFirst)
    {
        if (isFirst)
            _firstNs = packet.MediaNs;
        else if (!packet.IsBreak && packet.Sequence > _lastContentSequence)
            _hole += packet.Sequence - _lastContentSequence - 1;
        (_lastContentSequence, _lastContentNs) = (packet.Sequence, packet.MediaNs);
        _packets++;
        Progress.PlaceNs = packet.MediaNs - _firstNs;
    }

    private ReplayPacket Stamp(in ReplayPacket packet)
    {
        _sequence += 1 + _hole;
        // Not beyond the turn's end as the last turn had it: the next turn begins there.
        var beyondNs = packet.MediaNs > _latestNs ? packet.MediaNs - _latestNs : 0;
        _lastNs = Math.Max(_lastNs, packet.MediaNs - beyondNs + _shiftNs);
        var isBreak = _isBreak || (packet.IsBreak && _packets > 1);
        (_hole, _isBreak) = (0, false);
        var timestamp = packet.RtpTimestamp + _shiftTicks;
        if (_plan.Codec == AccessCodec.MpegTs)
            timestamp = Risen(timestamp - (uint)MediaTime.NsToTicks(beyondNs, _plan.ClockRate), isBreak);
        return packet with { MediaNs = _lastNs, Sequence = _sequence, RtpTimestamp = timestamp, IsBreak = isBreak };
    }

    // Of a transport stream it is the time of delivery (RFC 2250 §2), and the last packets of content that ends may lie a little behind the end of the
    // first turn. Pictures have timestamps of showing, which go back and forth.
    private uint Risen(uint timestamp, bool isBreak)
    {
        var step = (int)(timestamp - _lastTimestamp);
        var isBack = !isBreak && _sequence > 1 && step < 0 && step > -_plan.ClockRate;
        return _lastTimestamp = isBack ? _lastTimestamp : timestamp;
    }

    private void EndTurn()
    {
        _content!.Dispose();
        _content = null;
        var ticks = _media.EndTurn();
        var (periodNs, mediaNs) = (PeriodNs, MediaTime.TicksToNs(ticks, _plan.ClockRate));
        if (!_media.HasBegun)
            End("there is no random access point in what it repeats");
        else if (_plan.Turns > 0 && Progress.Turn >= _plan.Turns)
            End(null);
        else if (ticks > 0 && Math.Abs(mediaNs - periodNs) <= ClocksDifferNsMax)
            Follow(mediaNs, (uint)ticks);
        else
        {
            Follow(periodNs, (uint)MediaTime.NsToTicks(periodNs, _plan.ClockRate));
            _isBreak = true;
        }
    }

    // As delivered: up to the access point behind it, or to where the packet after the last would have been.
    private long PeriodNs => _media.HasEnded
        ? _media.EndedNs - _firstNs : _lastContentNs - _firstNs + (_lastContentNs - _firstNs) / Math.Max(1, _packets - 1);

    private void Follow(long periodNs, uint ticks)
    {
        Progress.PeriodNs = periodNs;
        _latestNs = _firstNs + periodNs;
        _shiftNs += periodNs;
        _shiftTicks += ticks;
        if (periodNs < PeriodNsMin)
            End("what it repeats is shorter than 100 ms");
    }

    private void End(string? fault) => (_hasEnded, Progress.Fault) = (true, fault);
}
