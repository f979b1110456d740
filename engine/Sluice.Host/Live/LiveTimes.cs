using Sluice.Control.Playback;
using Sluice.Control.Rtsp;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Store;
using Sluice.Wire.RandomAccess;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Host.Live;

/// <summary>Takes clients to other times: what of a channel can be asked for, and the replays that they have for themselves. Any control thread.</summary>
internal sealed class LiveTimes(LiveEngine engine)
{
    /// <summary>A send loop takes its mail within a tick; one that is stalled must not hold a connection's task for long.</summary>
    private static readonly TimeSpan s_holdMax = TimeSpan.FromMilliseconds(100);

    /// <summary>How soon a replay's first packet leaves.</summary>
    private const long BeginNs = 40_000_000;

    /// <summary>
    /// What can be asked for; null where nothing is kept or nobody can read it. A store keeps a channel's first track: one of several cannot be moved in
    /// time without them.
    /// </summary>
    public MediaSpan? SpanOf(LiveChannel channel)
    {
        if (channel.Asset is { } asset)
            return new MediaSpan(RangeUnit.Npt, 0, asset.DurationNs, IsGrowing: asset.State == AssetState.Incomplete);
        if (engine.Core.Replays.Capacity == 0 || engine.Store?.Of(channel) is not { } store || channel.Tracks.Count(track => track.IsPresent) != 1
            || !store.TryGetHeld(out var oldestNs, out _))
            return null;
        var nowNs = SystemClock.Now.Ns + engine.Clock.WallMinusMonotonicNs;
        return new MediaSpan(RangeUnit.Clock, Math.Min(oldestNs, nowNs), nowNs);
    }

    /// <inheritdoc cref="ITimeAdmission.TryGo"/>
    public RtspRefusal? TryGo(IReadOnlyList<LiveClient> clients, in PlayPlace place, out long startNs)
    {
        startNs = place.FromNs;
        if (place.Resumes)
            Hold(clients);                                     // so that it is known what each had last
        var replays = new LiveReplay?[clients.Count];
        for (var i = 0; i < clients.Count && !place.IsLive; i++)
            if (Open(clients[i], place, null, out startNs, out var refusal) is not { } replay)
            {
                foreach (var opened in replays)
                    opened?.Close();
                return refusal;
            }
            else
                replays[i] = replay;
        Hold(clients);
        for (var i = 0; i < clients.Count; i++)
        {
            clients[i].Replay?.Close();
            clients[i].Replay = replays[i];
        }
        return null;
    }

    /// <summary>A viewer begins elsewhere than now. Null, or why not.</summary>
    public string? Begin(LiveClient client, in PlayPlace place, Action onEnded)
    {
        client.Replay = Open(client, place, onEnded, out _, out var refusal);
        return client.Replay is null ? refusal.Reason : null;
    }

    /// <inheritdoc cref="ITimeAdmission.NewsOf"/>
    public static ReplayNews NewsOf(LiveClient client) =>
        client.Replay is { } replay && Volatile.Read(ref replay.Counters.HasEnded) ? ReplayNews.Ended : ReplayNews.None;

    private void Hold(IReadOnlyList<LiveClient> clients)
    {
        var playing = clients.Where(client => client.HasPlayed).ToList();
        foreach (var client in playing)
            engine.Core.Desk.Pause(client.Seat);
        foreach (var client in playing)
            SpinWait.SpinUntil(() => client.Spec.Progress.IsHeld, s_holdMax);
    }

    private LiveReplay? Open(LiveClient client, in PlayPlace place, Action? onEnded, out long startNs, out RtspRefusal refusal)
    {
        startNs = 0;
        refusal = new RtspRefusal(RtspStatus.InvalidRange, "nothing is kept there any more");
        if (LineOf(client.Channel) is not { } line)
            return null;
        var codec = RtpAccess.CodecOf(client.Track.Media.EncodingName, client.Track.Media.Kind == MediaKind.Audio);
        var (fromNs, untilNs) = (line.ZeroNs + place.FromNs, place.UntilNs is { } until ? line.ZeroNs + until : long.MaxValue);
        var kept = new KeptPlace(line.Store, codec, line.WallMinusMonotonicNs);
        var start = place.Resumes ? kept.AtPacket(fromNs, NextFeedSequence(client), untilNs) : kept.AtAccess(fromNs, untilNs);
        if (start is null)
        {
            line.Log?.Dispose();
            return null;
        }
        startNs = start.MediaNs + line.WallMinusMonotonicNs - line.ZeroNs;
        if (line.Log is { } log)
            start = start with { Source = new AssetReplaySource(log, start.Source) };
        var isNearNow = line.Log is null && SystemClock.Now.Ns + BeginNs - start.MediaNs < PlayRules.ShiftMinNs;
        var plan = new ReplayPlan
        {
            ClockRate = client.Track.Media.ClockRate, ShiftNs = isNearNow ? PlayRules.ShiftMinNs : null, OnEnded = onEnded,
        };
        if (engine.Core.Replays.TryOpen(start.Source, plan, out var ticket))
            return new LiveReplay(engine.Core.Replays, ticket, client.Spec.On(ticket.Feed), start.Sequence);
        start.Source.Dispose();
        refusal = new RtspRefusal(RtspStatus.NotEnoughBandwidth, $"all of the {engine.Core.Replays.Capacity} replays are open");
        return null;
    }

    // Where records are read, and on which line of time: a store's is the wall clock, an object's begins with it.
    private readonly record struct KeptLine(ChannelStore Store, long ZeroNs, long WallMinusMonotonicNs, AssetLog? Log);

    private KeptLine? LineOf(LiveChannel channel)
    {
        if (channel.Asset is not { } asset)
            return engine.Store?.Of(channel) is { } store ? new KeptLine(store, 0, engine.Clock.WallMinusMonotonicNs, null) : null;
        return asset.TryOpenLog(out var log, out _)
            ? new KeptLine(log.Store, asset.BeginWallNs, AssetReplaySource.WallMinusMonotonicNs, log) : null;
    }

    // Null before its first packet: then the place says where.
    private static ushort? NextFeedSequence(LiveClient client) => client.Spec.Progress.LastSentNs == 0 ? null
        : client.Replay is { } replay ? replay.NextFeedSequence : client.Spec.Progress.NextFeedSequence;
}
