using Sluice.Control.Playback;
using Sluice.Control.Rtsp;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Store;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Host.Live;

/// <summary>Takes clients to other times: what of a channel can be asked for, and the replays that they have for themselves. Any control thread.</summary>
internal sealed class LiveTimes(LiveEngine engine)
{
    /// <summary>A send loop takes its mail within a tick; one that is stalled must not hold a connection's task for long.</summary>
    private static readonly TimeSpan s_holdMax = TimeSpan.FromMilliseconds(100);

    private readonly LiveOpening _opening = new(engine);

    /// <summary>
    /// What can be asked for; null where nothing is kept or nobody can read it. Of several tracks the one decides at whose access points a player
    /// begins: where another holds less, it comes in later.
    /// </summary>
    public MediaSpan? SpanOf(LiveChannel channel)
    {
        if (channel.Asset is { } asset)
            return new MediaSpan(RangeUnit.Npt, 0, asset.DurationNs, IsGrowing: asset.State == AssetState.Incomplete);
        var tracks = channel.Tracks.Where(track => track.IsPresent).ToList();
        if (engine.Core.Replays.Capacity == 0 || tracks.Count == 0 || engine.Store?.Of(tracks[LiveOpening.LeadOf(tracks)]) is not { } store
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
        var replays = new LiveReplay[clients.Count];
        if (!place.IsLive && !_opening.TryOpen(clients, place, null, replays, out startNs, out var refusal))
            return refusal;
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
        var replays = new LiveReplay[1];
        if (!_opening.TryOpen([client], place, onEnded, replays, out _, out var refusal))
            return refusal.Reason;
        client.Replay = replays[0];
        return null;
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
}
