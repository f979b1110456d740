using Sluice.Linux;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Playback;

/// <summary>
/// Where a session is in time, and where a PLAY takes it (RFC 2326 §10.5, §10.6, §12.29): live, shifted, at a date, in an asset. Pure: what there is
/// and what time it is are arguments. Owned by whatever runs the session's connection.
/// <code>
///                    PLAY without Range     npt=now-   clock=, npt= (asset)     PAUSE           reached its end
///   fresh            live; asset: 0         live       there                    –               –
///   live             goes on                goes on    there                    paused there    –
///   kept             goes on (or changes    live       there                    paused there    ended
///                    its Scale)
///   paused           resumes exactly        live       there                    –               –
///   ended            live; asset: 0         live       there                    –               –
/// </code>
/// Npt on a channel counts from where the session first played; before that, and without a store, it means "now", because players begin with
/// <c>npt=0.000-</c> whatever they play.
/// </summary>
public sealed class SessionTime
{
    private enum Mode { Fresh, Live, Kept, Ended }

    private Mode _mode;
    private bool _isPaused;
    private PlayPlace _place = PlayPlace.Live;
    private MonotonicTime _since;
    private long? _baseNs;

    /// <summary>The client's constant delay: what it is sent at an instant was due so much earlier.</summary>
    public long DelayNs { get; set; }

    /// <summary>Plays the channel as it is now, and not a thing of the past.</summary>
    public bool IsLive => _mode == Mode.Live && !_isPaused;

    /// <summary>Speed at which it plays.</summary>
    public int Scale => _mode == Mode.Kept ? _place.Scale : 1;

    /// <summary>What PLAY does.</summary>
    /// <param name="ask">What it says.</param>
    /// <param name="span">What is there now; null = nothing but now.</param>
    /// <param name="isPlaying">Whether the session plays.</param>
    /// <param name="now">Now.</param>
    public PlayDecision Decide(in PlayAsk ask, MediaSpan? span, bool isPlaying, MonotonicTime now)
    {
        if (span is not { } there)
            return ask.Range is { Unit: RangeUnit.Clock, StartsNow: false } ? PlayDecision.Refuse("nothing is kept of this channel") : Live(isPlaying);
        if (ask.Range is { StartsNow: true })
            return there.IsChannel ? Live(isPlaying) : PlayDecision.Refuse("a recording has no now");
        var scale = PlayRules.ScaleOf(ask.Scale, there);
        return ask.Range is { } range ? Seek(range, scale, there, isPlaying, now) : WithoutRange(ask.Scale is null ? null : scale, there, isPlaying, now);
    }

    /// <summary>The session plays from here on.</summary>
    /// <param name="place">As decided.</param>
    /// <param name="startNs">Where its first packet really lies: an access point, or the beginning of what is there.</param>
    /// <param name="span">What is there; null = nothing but now.</param>
    /// <param name="now">Now.</param>
    public void Start(in PlayPlace place, long startNs, MediaSpan? span, MonotonicTime now)
    {
        (_mode, _isPaused, _since) = (place.IsLive ? Mode.Live : Mode.Kept, false, now + DelayNs);
        _place = place with { FromNs = startNs };
        if (span is { IsChannel: true } channel)
            _baseNs ??= PlaceAt(now, channel);
    }

    /// <summary>PAUSE: it stands where it is now.</summary>
    public void Pause(MediaSpan? span, MonotonicTime now)
    {
        if (_isPaused)
            return;
        _place = span is { } there
            ? new PlayPlace(IsLive: false, PlaceAt(now, there), _mode == Mode.Kept ? _place.UntilNs : null, Scale, Resumes: true) : PlayPlace.Live;
        _isPaused = true;
    }

    /// <summary>The range or the asset is over.</summary>
    public void End() => (_mode, _isPaused) = (Mode.Ended, false);

    /// <summary>What PLAY's answer says (RFC 2326 §12.29): where the session is now.</summary>
    public RangeHeader RangeAt(MonotonicTime now, MediaSpan? span)
    {
        if (_mode != Mode.Kept || span is not { } there)
            return RangeHeader.Live;
        return new RangeHeader(there.Unit, PlaceAt(now, there), _place.UntilNs ?? (there.IsGrowing ? null : there.EndNs));
    }

    private static PlayDecision Live(bool isPlaying, bool isLive) => isPlaying && isLive ? PlayDecision.GoOn : PlayDecision.Go(PlayPlace.Live);

    private PlayDecision Live(bool isPlaying) => Live(isPlaying, _mode == Mode.Live);

    private PlayDecision WithoutRange(int? scale, in MediaSpan there, bool isPlaying, MonotonicTime now)
    {
        if (isPlaying)
            return _mode == Mode.Kept && scale is { } other && other != _place.Scale
                ? PlayDecision.Go(new PlayPlace(IsLive: false, PlaceAt(now, there), _place.UntilNs, other)) : PlayDecision.GoOn;
        if (_isPaused && !_place.IsLive)
            return Resume(scale ?? 1, there);
        return there.IsChannel ? PlayDecision.Go(PlayPlace.Live) : PlayDecision.Go(new PlayPlace(IsLive: false, there.StartNs, null, scale ?? 1));
    }

    // What was paused at and has left the window meanwhile is not to be had: it goes on with the oldest that is there.
    private PlayDecision Resume(int scale, in MediaSpan there) => _place.FromNs < there.StartNs || scale != _place.Scale
        ? Go(_place.FromNs, _place.UntilNs, scale, there) : PlayDecision.Go(_place);

    private static PlayDecision Go(long fromNs, long? untilNs, int scale, in MediaSpan there) => untilNs <= there.StartNs
        ? PlayDecision.Refuse("the range is not kept any more")
        : PlayDecision.Go(new PlayPlace(IsLive: false, Math.Max(fromNs, there.StartNs), untilNs, scale));

    private PlayDecision Seek(in RangeHeader range, int scale, in MediaSpan there, bool isPlaying, MonotonicTime now)
    {
        if (there.IsChannel && range.Unit == RangeUnit.Npt)
            return SeekByPlayTime(range, scale, there, isPlaying, now);
        if (range.Unit != there.Unit)
            return PlayDecision.Refuse("a recording is asked for by npt");
        var from = range.StartNs ?? (_mode == Mode.Fresh && !there.IsChannel ? there.StartNs : PlaceAt(now, there));
        if (range.EndNs <= from)
            return PlayDecision.Refuse("the range ends before it begins; backwards is not offered");
        if (there.IsChannel && range.StartNs is not null && from > there.EndNs - PlayRules.ShiftMinNs)
            return from > there.EndNs + PlayRules.FutureSlackNs ? PlayDecision.Refuse("the range lies in the future") : Live(isPlaying);
        if (!there.IsChannel && from >= there.EndNs)
            return PlayDecision.Refuse($"the recording is {there.EndNs / 1_000_000_000.0:0.###} s long");
        if (from < there.StartNs - PlayRules.PastSlackNs)
            return PlayDecision.Refuse($"kept is from {new RangeHeader(there.Unit, there.StartNs)} on");
        return Go(from, range.EndNs, scale, there);
    }

    private PlayDecision SeekByPlayTime(in RangeHeader range, int scale, in MediaSpan there, bool isPlaying, MonotonicTime now)
    {
        if (_baseNs is not { } zero || range.StartNs is not { } npt)
            return _mode == Mode.Fresh ? PlayDecision.Go(PlayPlace.Live) : WithoutRange(scale, there, isPlaying, now);
        var from = Math.Max(zero + npt, there.StartNs);
        if (!isPlaying && _isPaused && !_place.IsLive && Math.Abs(from - _place.FromNs) <= PlayRules.ResumeSlackNs)
            return Resume(scale, there);
        if (from > there.EndNs - PlayRules.ShiftMinNs)
            return Live(isPlaying);
        return PlayDecision.Go(new PlayPlace(IsLive: false, from, zero + range.EndNs is { } until && until > from ? until : null, scale));
    }

    private long PlaceAt(MonotonicTime now, in MediaSpan there)
    {
        if (_isPaused || _mode == Mode.Ended)
            return _place.FromNs;
        if (_mode != Mode.Kept)
            return there.IsChannel ? there.EndNs - DelayNs : there.StartNs;
        var place = _place.FromNs + (Math.Max(0, now.Ns - _since.Ns) * _place.Scale);
        return Math.Min(place, Math.Min(_place.UntilNs ?? long.MaxValue, there.EndNs));
    }
}
