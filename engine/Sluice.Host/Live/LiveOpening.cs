using Sluice.Control.Playback;
using Sluice.Control.Rtsp;
using Sluice.Flow;
using Sluice.Store;
using Sluice.Wire.RandomAccess;
using Sluice.Wire.Rtsp;

namespace Sluice.Host.Live;

/// <summary>
/// Opens what the clients of one session replay: one replay a track, all with one shift. The place is an access point of the track that has such points,
/// which is the picture; the other tracks begin at that time. Any control thread; reads.
/// </summary>
internal sealed class LiveOpening(LiveEngine engine)
{
    /// <summary>Tracks whose lines are farther apart are not of one session's time.</summary>
    private const long LagMaxNs = 500_000_000;

    /// <summary>Which of a session's tracks decides where a decoder may begin: the first that has access points, else the first.</summary>
    public static int LeadOf(IReadOnlyList<LiveTrack> tracks)
    {
        for (var i = 0; i < tracks.Count; i++)
            if (tracks[i].AccessCodec is not (AccessCodec.Unknown or AccessCodec.Everywhere))
                return i;
        return 0;
    }

    /// <summary>All of them, or none with the reason.</summary>
    /// <param name="clients">Of one session, at least one.</param>
    /// <param name="place">Not live.</param>
    /// <param name="onEnded">See <see cref="ReplayPlan.OnEnded"/>.</param>
    /// <param name="replays">One for each client.</param>
    /// <param name="startNs">Where the leading track's first packet lies, in the span's unit.</param>
    /// <param name="refusal">Why not.</param>
    public bool TryOpen(
        IReadOnlyList<LiveClient> clients, in PlayPlace place, Action? onEnded, LiveReplay[] replays, out long startNs, out RtspRefusal refusal)
    {
        var begins = new List<Beginning>(clients.Count);
        startNs = 0;
        refusal = new RtspRefusal(RtspStatus.InvalidRange, "nothing is kept there any more");
        var lead = LeadOf([.. clients.Select(client => client.Track)]);
        if (!TryFind(clients, place, lead, begins, out startNs))
            return Release(begins, [], 0);
        var isObject = clients[0].Channel.Asset is not null;
        var firstNs = begins.Min(begin => begin.Start.MediaNs);
        var together = new ReplayTogether(clients.Count, firstNs, isObject ? null : PlayRules.ShiftMinNs);
        for (var i = 0; i < begins.Count; i++)
        {
            var (client, start) = (begins[i].Client, begins[i].Start);
            var plan = new ReplayPlan
            {
                ClockRate = client.Track.Media.ClockRate, Together = together, OnEnded = onEnded, FirstLagNs = LagOf(begins[i], begins[lead]),
                ReportShiftNs = isObject ? 0 : engine.Core.ShiftOf(client.Track.Feed, Linux.SystemClock.Now),
            };
            if (!engine.Core.Replays.TryOpen(start.Source, plan, out var ticket))
            {
                refusal = new RtspRefusal(RtspStatus.NotEnoughBandwidth, $"all of the {engine.Core.Replays.Capacity} replays are open");
                return Release(begins, replays, i);
            }
            replays[i] = new LiveReplay(engine.Core.Replays, ticket, client.Spec.On(ticket.Feed), start.Sequence, start.MediaNs - firstNs);
        }
        return true;
    }

    // What was opened is closed, and what was not is the caller's still.
    private static bool Release(List<Beginning> begins, LiveReplay[] replays, int opened)
    {
        for (var i = 0; i < begins.Count; i++)
            if (i < opened)
                replays[i].Close();
            else
                begins[i].Start.Source.Dispose();
        return false;
    }

    private bool TryFind(IReadOnlyList<LiveClient> clients, in PlayPlace place, int lead, List<Beginning> begins, out long startNs)
    {
        startNs = 0;
        if (LineOf(clients[lead]) is not { } line || Find(clients[lead], line, place, isLead: true, line.ZeroNs + place.FromNs) is not { } first)
            return false;
        var leadWallNs = first.MediaNs + line.WallMinusMonotonicNs;
        startNs = leadWallNs - line.ZeroNs;
        foreach (var client in clients)
        {
            var start = client == clients[lead] ? first
                : LineOf(client) is { } own ? Find(client, own, place, isLead: false, place.Resumes ? own.ZeroNs + place.FromNs : leadWallNs) : null;
            if (start is not null)
                begins.Add(new Beginning(client, start));
        }
        // A track whose log is not there: what is found of the others is given back.
        if (!begins.Exists(begin => begin.Start == first))
            first.Source.Dispose();
        return begins.Count == clients.Count;
    }

    private static KeptStart? Find(LiveClient client, KeptLine line, in PlayPlace place, bool isLead, long wallNs)
    {
        var untilNs = place.UntilNs is { } until ? line.ZeroNs + until : long.MaxValue;
        var kept = new KeptPlace(line.Store, client.Track.AccessCodec, line.WallMinusMonotonicNs);
        var start = place.Resumes ? kept.AtPacket(wallNs, NextFeedSequence(client), untilNs)
            : isLead ? kept.AtAccess(wallNs, untilNs) : kept.AtPacket(wallNs, null, untilNs);
        if (start is null && !isLead)
            start = kept.AtWhatComes(wallNs, untilNs);
        if (start is null)
            line.Log?.Dispose();
        return start is not null && line.Log is { } log ? start with { Source = new AssetReplaySource(log, start.Source) } : start;
    }

    private readonly record struct Beginning(LiveClient Client, KeptStart Start);

    // By the lines of the channel's own feeds, to which the shifts of their reports belong; 0 where the packets are none of theirs (another run's).
    private long LagOf(in Beginning begin, in Beginning lead)
    {
        if (begin.Start.Timestamp is not { } own || lead.Start.Timestamp is not { } other
            || !engine.Core.TryLag(begin.Client.Track.Feed, own, begin.Start.MediaNs, out var lagNs)
            || !engine.Core.TryLag(lead.Client.Track.Feed, other, lead.Start.MediaNs, out var leadNs))
            return 0;
        return Math.Abs(lagNs - leadNs) <= LagMaxNs ? lagNs - leadNs : 0;
    }

    // Where records are read, and on which line of time: a store's is the wall clock, an object's begins with it.
    private readonly record struct KeptLine(ChannelStore Store, long ZeroNs, long WallMinusMonotonicNs, AssetLog? Log);

    private KeptLine? LineOf(LiveClient client)
    {
        if (client.Channel.Asset is not { } asset)
            return engine.Store?.Of(client.Track) is { } store ? new KeptLine(store, 0, engine.Clock.WallMinusMonotonicNs, null) : null;
        return asset.TryOpenLog(out var log, out _)
            ? new KeptLine(log.Store, asset.BeginWallNs, AssetReplaySource.WallMinusMonotonicNs, log) : null;
    }

    // Null before its first packet: then the place says where.
    private static ushort? NextFeedSequence(LiveClient client) => client.Spec.Progress.LastSentNs == 0 ? null
        : client.Replay is { } replay ? replay.NextFeedSequence : client.Spec.Progress.NextFeedSequence;
}
