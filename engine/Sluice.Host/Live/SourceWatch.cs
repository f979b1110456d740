using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// Looks after one source from outside: is it silent, and if it is a group, should it be joined again? A switch that has
/// lost its querier forgets a membership in silence, and some memberships do not survive their link (reliability.md §3.3).
/// </summary>
/// <param name="channel">Whose source it is.</param>
/// <param name="source">The source.</param>
/// <param name="relayedSinceNs">When a group was joined for viewers: what its place received before is another's; 0 for a configured source.</param>
internal sealed class SourceWatch(LiveChannel channel, LiveSource source, long relayedSinceNs = 0)
{
    private const long SilentNs = 2_000_000_000;
    private const long RejoinFirstNs = 2_000_000_000;
    private const long RejoinMaxNs = 60_000_000_000;

    /// <summary>How long a loop is said to be there after its last packet.</summary>
    private const long LoopHoldNs = 10_000_000_000;

    private long _waitNs = RejoinFirstNs;
    private long _nextRejoinNs;
    private DateTimeOffset _since = SystemClock.WallNow.ToDateTimeOffset();
    private bool _wasSilent;
    private long _loopedSeen, _loopSeenNs = long.MinValue / 2;
    private DateTimeOffset _loopSince;

    public LiveSource Source => source;

    public bool IsSilent(LiveEngine engine, MonotonicTime now)
    {
        var lastNs = Math.Max(source.LastPacketNs(engine.Core), relayedSinceNs);
        // Who publishes may come when it likes; that it went is told. What was played as often as it should be has no more to say.
        var silent = now.Ns - lastNs > SilentNs && !(lastNs == 0 && source.Url.Scheme == MediaScheme.Publish)
            && !(source.Url.Asset is not null && engine.FindIntake(source)?.Status(now).State == SessionState.Ended);
        if (silent && !_wasSilent)
            _since = SystemClock.WallNow.ToDateTimeOffset();
        _wasSilent = silent;
        return silent;
    }

    public Alarm Alarm(string? why) => new(
        "source-silent", channel.Name, $"nothing comes from {source.Url}{(why is null ? "" : $": {why}")}",
        relayedSinceNs == 0 ? AlarmSeverity.Critical : AlarmSeverity.Warning, _since, source.Url.ToString());

    /// <summary>Whether the channel's own output has come back to this source lately.</summary>
    public bool IsLooped(LiveEngine engine, MonotonicTime now)
    {
        var looped = source.Sum(engine.Core, counters => Volatile.Read(ref counters.Looped));
        if (looped == _loopedSeen)
            return now.Ns - _loopSeenNs < LoopHoldNs;
        if (now.Ns - _loopSeenNs >= LoopHoldNs)
            _loopSince = SystemClock.WallNow.ToDateTimeOffset();
        (_loopedSeen, _loopSeenNs) = (looped, now.Ns);
        return true;
    }

    public Alarm LoopAlarm() =>
        new("source-loop", channel.Name, $"the channel's own output comes back to {source.Url}; it is dropped", AlarmSeverity.Warning, _loopSince);

    /// <summary>Leaves and joins again with growing distances while a group stays silent.</summary>
    public void Look(LiveEngine engine, MonotonicTime now, ILogger log)
    {
        if (!source.Url.IsMulticast || !IsSilent(engine, now))
        {
            (_waitNs, _nextRejoinNs) = (RejoinFirstNs, now.Ns + RejoinFirstNs);
            return;
        }
        if (now.Ns < _nextRejoinNs)
            return;
        engine.Core.SourceCounters(source.First).Rejoins++;
        if (!(relayedSinceNs == 0 ? engine.Sources.TryRejoin(source.First, out var error) : engine.Relays!.TryRejoin(channel, out error)))
            log.RejoinFailed(channel.Name, source.Url.ToString(), error.Message);
        _nextRejoinNs = now.Ns + _waitNs;
        _waitNs = Math.Min(2 * _waitNs, RejoinMaxNs);
    }
}
