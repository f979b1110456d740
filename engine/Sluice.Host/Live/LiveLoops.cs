using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Live;

/// <summary>A stretch of a channel that one output repeats.</summary>
/// <param name="Config">As it was asked for.</param>
/// <param name="Source">What the replay thread reads.</param>
/// <param name="Ticket">Its replay.</param>
internal sealed record LoopFeed(LoopConfig Config, LoopSource Source, ReplayTicket Ticket)
{
    private long _client;

    /// <summary>The output's client; 0 before there is one.</summary>
    public ulong Client { get => (ulong)Volatile.Read(ref _client); set => Volatile.Write(ref _client, (long)value); }

    /// <summary>For the status.</summary>
    public LoopStatus Status => new()
    {
        Repeats = Config.ToString(),
        Turn = Source.Progress.Turn,
        PlaceSeconds = Source.Progress.PlaceNs / 1e9,
        TurnSeconds = Source.Progress.PeriodNs > 0 ? Source.Progress.PeriodNs / 1e9 : null,
    };
}

/// <summary>
/// The outputs that repeat what is kept. A configured one whose stretch is not kept yet waits for it; one that was posted is refused. Any control
/// thread; takes a lock.
/// </summary>
internal sealed class LiveLoops(LiveEngine engine, ILogger log)
{
    /// <summary>How often an output that waits is tried again.</summary>
    private const long RetryNs = 5_000_000_000;

    private readonly Lock _lock = new();
    private readonly PinBudget _budget = new(engine.Config.Store?.LoopBytes ?? 0);
    private readonly List<Waiting> _waiting = [];
    private MonotonicTime _retryAt = MonotonicTime.MinValue;

    /// <summary>Bytes of the store that loops keep from making room.</summary>
    public long PinnedBytes => _budget.Taken;

    /// <summary>And how many they may.</summary>
    public long PinnedBytesMax => _budget.BytesMax;

    /// <summary>Opens what an output is to repeat; null with the reason when it cannot be had.</summary>
    public LoopFeed? TryOpen(LiveChannel channel, LoopConfig loop, out string reason)
    {
        if ((channel.Asset is { } asset ? OfAsset(asset, loop, out reason) : OfStore(channel, loop, out reason)) is not { } source)
            return null;
        LoopFeed? feed = null;
        var plan = new ReplayPlan
        {
            ClockRate = channel.Media.ClockRate, OnEnded = () => ThreadPool.UnsafeQueueUserWorkItem(_ => End(feed!, channel), null),
        };
        reason = $"all of the {engine.Core.Replays.Capacity} replays are open: raise limits.replays";
        if (!engine.Core.Replays.TryOpen(source, plan, out var ticket))
        {
            source.Dispose();
            return null;
        }
        return feed = new LoopFeed(loop, source, ticket);
    }

    private LoopSource? OfStore(LiveChannel channel, LoopConfig loop, out string reason)
    {
        reason = $"nothing of channel {channel.Name} is kept: a loop needs a store";
        if (engine.Store?.Of(channel) is not { } store)
            return null;
        var nowNs = WallNow();
        if (StoredRange.TryOpen(store, _budget, loop.From.WallNs(nowNs), loop.To.WallNs(nowNs), out var range, out reason))
            return LoopSource.Of(range, loop.Times);
        reason = $"channel {channel.Name} cannot be repeated from {loop.From} to {loop.To}: {reason}";
        return null;
    }

    private static LoopSource? OfAsset(Asset asset, LoopConfig loop, out string reason)
    {
        reason = loop.From != LoopTime.Beginning || loop.To != new LoopTime(true, 0) ? "a stored object is repeated whole: leave out \"from\" and \"to\""
            : asset.State != AssetState.Complete ? "it has not come whole yet, so it has no end to begin again after" : "";
        return reason.Length > 0 || asset.Media is not { } media ? null : LoopSource.Of(asset, media, loop.Times);
    }

    /// <summary>Behind its client.</summary>
    public void Close(LoopFeed feed) => engine.Core.Replays.Close(feed.Ticket);

    /// <summary>A configured output: added when what it repeats is kept, at the next tick at the earliest.</summary>
    public void Expect(LiveChannel channel, OutputConfig output)
    {
        lock (_lock)
            _waiting.Add(new Waiting(channel, output) { Reason = "its store has not been looked at yet" });
    }

    /// <summary>Once a second.</summary>
    public void Tick(MonotonicTime now)
    {
        if (now < _retryAt)
            return;
        _retryAt = now + RetryNs;
        lock (_lock)
            _waiting.RemoveAll(TryAdd);
    }

    public IEnumerable<Alarm> Alarms()
    {
        lock (_lock)
            return [.. _waiting.Select(one => new Alarm("loop-waiting", one.Channel.Name,
                $"nothing goes to {one.Output.To} yet: {one.Reason}", AlarmSeverity.Warning, one.Since, $"{one.Output.To}"))];
    }

    private bool TryAdd(Waiting one)
    {
        if (!IsKept(one))
            return false;
        var added = engine.AddOutput(one.Channel.Name, one.Output);
        one.Reason = added.Reason;
        if (added.IsAdded)
            log.OutputAdded(one.Channel.Name, one.Output.To.ToString(), added.ClientId);
        return added.IsAdded;
    }

    // All of it: who asks for ten minutes does not mean the two seconds that there are after a first start.
    private bool IsKept(Waiting one)
    {
        var (loop, nowNs) = (one.Output.Loop!, WallNow());
        if (engine.Store?.Of(one.Channel) is not { } store || !store.TryGetHeld(out var oldestNs, out var newestNs))
            one.Reason = "nothing of the channel is kept yet";
        else if (oldestNs > loop.From.WallNs(nowNs) || newestNs < loop.To.WallNs(nowNs) - RetryNs)
            one.Reason = $"it repeats {loop}, and what is kept begins {Quantities.FormatDuration((nowNs - oldestNs) / RoundNs * RoundNs)} ago";
        else
            return true;
        return false;
    }

    private void End(LoopFeed feed, LiveChannel channel)
    {
        if (feed.Source.Progress.Fault is { } fault)
            log.LoopBroken(channel.Name, feed.Client, feed.Source.Progress.Turn, fault);
        else
            log.LoopEnded(channel.Name, feed.Client, feed.Source.Progress.Turn);
        engine.RemoveClient(feed.Client);
    }

    private long WallNow() => SystemClock.Now.Ns + engine.Clock.WallMinusMonotonicNs;

    private const long RoundNs = 1_000_000_000;

    private sealed record Waiting(LiveChannel Channel, OutputConfig Output)
    {
        public string Reason { get; set; } = "";
        public DateTimeOffset Since { get; } = SystemClock.WallNow.ToDateTimeOffset();
    }
}
