using Sluice.Linux;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>The sessions of one connection. An id that another connection owns is simply not found here.</summary>
internal sealed class RtspSessionTable(RtspServerOptions options, RtspServerCounters counters)
{
    private readonly List<RtspSession> _sessions = new(options.SessionsPerConnectionMax);

    public int Count => _sessions.Count;

    public bool IsFull => _sessions.Count >= options.SessionsPerConnectionMax;

    public RtspSession? FindById(ReadOnlySpan<byte> id)
    {
        RtspSession? found = null;
        foreach (var session in _sessions)
            if (session.HasId(id))
                found = session;
        return found;
    }

    public RtspSession? FindByClient(ClientId client) => _sessions.Find(session => session.FindByClient(client) is not null);

    /// <summary>The track that an interleaved channel belongs to, and its session.</summary>
    public (RtspSession Session, SessionTrack Track)? FindByChannel(byte channel)
    {
        foreach (var session in _sessions)
            if (session.FindByChannel(channel) is { } track)
                return (session, track);
        return null;
    }

    /// <summary>A session of that channel that does not play: what a second SETUP without session id replaces (ffmpeg falling back to TCP).</summary>
    public RtspSession? FindReplaceable(ChannelDescription channel) =>
        _sessions.Find(session => session.State == RtspState.Ready && session.Channel.Name == channel.Name);

    /// <summary>The wished pair, or the first free one when another session of this connection has it (RFC 2326 §12.39: the server may choose).</summary>
    public PortPair ChooseChannels(PortPair? wish, Func<RtspSession, SessionTrack, bool> isGivenUp)
    {
        for (var pair = wish ?? new PortPair(0, 1); ; pair = NextPair(pair))
            if (IsFree((byte)pair.Rtp, isGivenUp) && IsFree((byte)pair.Rtcp, isGivenUp))
                return pair;
    }

    /// <summary>
    /// Even pairs one after the other; of the 128, at most <see cref="RtspServerOptions.SessionsPerConnectionMax"/> times the tracks of a
    /// channel are taken, so the search ends.
    /// </summary>
    private static PortPair NextPair(PortPair pair)
    {
        var next = (ushort)((pair.Rtp + 2) & 0xFE);
        return new PortPair(next, (ushort)(next + 1));
    }

    private bool IsFree(byte channel, Func<RtspSession, SessionTrack, bool> isGivenUp) =>
        FindByChannel(channel) is not { } owner || isGivenUp(owner.Session, owner.Track);

    public void Add(RtspSession session)
    {
        _sessions.Add(session);
        Interlocked.Increment(ref counters.StartedCount);
    }

    /// <summary>A track comes to a session; what was set up before for the same one goes.</summary>
    public void Place(RtspSession session, SessionTrack track, Queue<SessionCommand> commands, MonotonicTime now)
    {
        if (session.FindTrack(track.Number) is { } before)
            End(session, before, commands);
        session.Add(track, now);
        if (track is GroupTrack)
            Interlocked.Increment(ref counters.GroupTrackCount);
    }

    public void Remove(RtspSession session, Queue<SessionCommand> commands)
    {
        _sessions.Remove(session);
        while (session.Tracks.Count > 0)
            End(session, session.Tracks[0], commands);
    }

    /// <summary>One track goes; the session with it when that was its last.</summary>
    public void Remove(RtspSession session, SessionTrack track, Queue<SessionCommand> commands)
    {
        End(session, track, commands);
        if (session.Tracks.Count == 0)
            _sessions.Remove(session);
    }

    private void End(RtspSession session, SessionTrack track, Queue<SessionCommand> commands)
    {
        session.Remove(track);
        if (track.Client is { } client)
            commands.Enqueue(new SessionCommand(SessionCommandKind.Remove, client));
        if (track is GroupTrack)
            Interlocked.Decrement(ref counters.GroupTrackCount);
    }

    public void RemoveAll(Queue<SessionCommand> commands)
    {
        for (var i = _sessions.Count - 1; i >= 0; i--)
            Remove(_sessions[i], commands);
    }

    public void RemoveExpired(Queue<SessionCommand> commands, MonotonicTime now)
    {
        for (var i = _sessions.Count - 1; i >= 0; i--)
            if (_sessions[i].DeadlineBy(options) <= now)
            {
                Remove(_sessions[i], commands);
                Interlocked.Increment(ref counters.ExpiredCount);
            }
    }

    /// <summary>Whether some session plays what is kept.</summary>
    public bool HasReplay => _sessions.Exists(session => session.IsReplaying);

    /// <summary>Ends what has been sent to its end, and takes those into live that have caught up with it.</summary>
    public void LookAtReplays(IClientAdmission admission, Queue<SessionCommand> commands, MonotonicTime now)
    {
        foreach (var session in _sessions)
            if (session.IsReplaying)
                session.LookAtReplay(admission, commands, now);
    }

    public MonotonicTime NextDeadline()
    {
        var next = MonotonicTime.MaxValue;
        foreach (var session in _sessions)
        {
            var deadline = session.DeadlineBy(options);
            next = deadline < next ? deadline : next;
        }
        return next;
    }
}
