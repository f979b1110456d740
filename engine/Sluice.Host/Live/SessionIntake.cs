using System.Net;
using Sluice.Control.Rtsp;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// A source that brings a session of tracks: an RTSP server that is pulled from, or whoever publishes. It is there as long as the
/// engine, with a receiver for each track that the channel may have; what comes and goes is the session, one at a time. Any control thread.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="channel">Whose source it is.</param>
/// <param name="source">The source.</param>
/// <param name="inlet">By which its receivers are told whom they listen to.</param>
/// <param name="log">Says what the stream is.</param>
internal sealed class SessionIntake(LiveEngine engine, LiveChannel channel, LiveSource source, PacketInlet inlet, ILogger log)
{
    /// <summary>Another source of the channel that had a packet in this time is one that players hear now, or may hear next.</summary>
    private const long OnlineNs = 2_000_000_000;

    private IntakeSession? _session;
    private long _begun;

    public LiveChannel Channel => channel;
    public LiveSource Source => source;

    /// <summary>So many tracks of a session are taken; the others are left.</summary>
    public int TracksMax => source.Count;

    /// <summary>What is told of the session, by whoever makes it; null = whether there is one.</summary>
    public Func<MonotonicTime, SessionStatus>? Watch { get; set; }

    /// <summary>The session as people are shown it.</summary>
    public SessionStatus Status(MonotonicTime now) => Watch?.Invoke(now) ?? (Volatile.Read(ref _session) is { } session
        ? new SessionStatus { State = SessionState.Playing, Transport = session.IsUdp ? "udp" : "tcp", Tracks = session.Tracks.Count, Begun = _begun }
        : new SessionStatus { Begun = _begun });

    /// <summary>Somebody sends now.</summary>
    public bool IsTaken => Volatile.Read(ref _session) is not null;

    /// <summary>
    /// Begins a session, and tells the channel's players what its tracks carry. Null with the reason when somebody sends already, or when
    /// another source of the channel brings something else. The caller disposes it.
    /// </summary>
    /// <param name="peer">Who sends: the far end of the control connection.</param>
    /// <param name="tracks">What each track carries, at least one; those beyond <see cref="TracksMax"/> are left.</param>
    /// <param name="reason">For people.</param>
    public IntakeSession? TryBegin(IPEndPoint peer, IReadOnlyList<MediaDescription> tracks, out string reason)
    {
        reason = "somebody sends into the channel already";
        var taken = tracks.Take(TracksMax).ToList();
        var session = new IntakeSession(engine, this, inlet, peer, taken);
        if (Interlocked.CompareExchange(ref _session, session, null) is not null)
            return null;
        // Where two legs bring the same, the one that players hear has said what it is.
        if (!IsFedByAnother())
            Describe(taken);
        else if (!Fits(taken))
        {
            End(session);
            reason = "another source of the channel brings another stream";
            return null;
        }
        _begun++;
        return session;
    }

    /// <summary>Called by the session when it is over.</summary>
    public void End(IntakeSession session) => Interlocked.CompareExchange(ref _session, null, session);

    private bool IsFedByAnother() =>
        channel.Sources.Any(other => other != source && SystemClock.Now.Ns - other.LastPacketNs(engine.Core) < OnlineNs);

    // Parameter sets may differ from encoder to encoder and are in the stream as well.
    private bool Fits(List<MediaDescription> tracks) =>
        channel.Description.Tracks.Select(Essence).SequenceEqual(tracks.Select(Essence));

    private static MediaDescription Essence(MediaDescription media) => media with { FormatParameters = null };

    // A player that has been told something else must ask anew: its session ends with a BYE.
    private void Describe(List<MediaDescription> tracks)
    {
        var wasKnown = channel.IsKnown;
        var changed = channel.Describe(engine.Core, tracks);
        if (!wasKnown || changed.Count > 0)
            log.StreamKnown(channel.Name, string.Join(" + ", tracks.Select(track => track.EncodingName)), tracks[0].PayloadType);
        foreach (var client in engine.Clients.All.Where(client => client.Channel == channel && client.IsSession && changed.Contains(client.Track)))
            engine.RemoveClient(client.Id);
        engine.Streams.EndUnwatchable(channel);
        engine.Replays.Follow(SystemClock.Now);
        foreach (var track in channel.Tracks.Take(tracks.Count))
            engine.Core.Store?.SetMedia(track.Feed, LiveStore.MediaOf(track));
    }
}
