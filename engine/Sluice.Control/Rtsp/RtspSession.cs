using System.Security.Cryptography;
using System.Text;
using Sluice.Control.Playback;
using Sluice.Linux;
using Sluice.Wire.Rtsp;

namespace Sluice.Control.Rtsp;

/// <summary>One session: some tracks of one channel under one control (RFC 2326 §1.3), bound to the connection whose table it stands in.</summary>
/// <param name="id">See <see cref="NewId"/>.</param>
/// <param name="channel">The channel; of a publisher's session with the tracks that it announced.</param>
/// <param name="now">When it was set up.</param>
/// <param name="announced">What its peer will send; null when the peer plays.</param>
internal sealed class RtspSession(string id, ChannelDescription channel, MonotonicTime now, Announcement? announced = null)
{
    private const int IdBytes = 16;                            // 128 random bits: the id is a credential

    private readonly byte[] _id = Encoding.ASCII.GetBytes(id);
    private readonly List<SessionTrack> _tracks = new(channel.Tracks.Count);

    public string Id { get; } = id;
    public ChannelDescription Channel { get; } = channel;

    /// <summary>What was set up, in the order of the channel's tracks. Never empty while the session stands in its table.</summary>
    public IReadOnlyList<SessionTrack> Tracks => _tracks;

    public Announcement? Announced => announced;

    /// <summary>Where it is in time; without meaning for a publisher's.</summary>
    public SessionTime Time { get; } = new();

    /// <summary>What it plays, but for groups, which are sent to anyway.</summary>
    public IReadOnlyList<ClientId> Clients
    {
        get
        {
            var clients = new List<ClientId>(_tracks.Count);
            foreach (var track in _tracks)
                if (track.Client is { } client)
                    clients.Add(client);
            return clients;
        }
    }

    /// <summary>Whether it can leave "now": a group has one time for all that hear it.</summary>
    public bool CanShift => announced is null && _tracks.TrueForAll(track => track.Client is not null);

    public RtspState State { get; private set; } = announced is null ? RtspState.Ready : RtspState.ReadyToRecord;

    /// <summary>Has played or recorded.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The last SETUP.</summary>
    public MonotonicTime SetUpAt { get; private set; } = now;
    public MonotonicTime AliveAt { get; private set; } = now;

    public static string NewId() => RandomNumberGenerator.GetHexString(2 * IdBytes);

    /// <summary>Takes the same time for every wrong id of the right length.</summary>
    public bool HasId(ReadOnlySpan<byte> candidate) => CryptographicOperations.FixedTimeEquals(candidate, _id);

    /// <summary>Which of the channel's tracks a URL names; null when it names none or one that is not there.</summary>
    public int? NumberOf(RtspUrl url) =>
        announced is not null ? announced.Find(url) : RtspExchange.HasTrack(Channel, url) ? url.Track : null;

    public SessionTrack? FindTrack(int number) => _tracks.Find(track => track.Number == number);

    public SessionTrack? FindByClient(ClientId client) => _tracks.Find(track => track.Client == client);

    public SessionTrack? FindByChannel(byte channel)
    {
        foreach (var track in _tracks)
            if (track.HasChannel(channel))
                return track;
        return null;
    }

    public void Add(SessionTrack track, MonotonicTime now)
    {
        _tracks.Add(track);
        if (track is UnicastTrack unicast)
            Time.DelayNs = unicast.Grant.DelayNs;
        _tracks.Sort((one, other) => one.Number.CompareTo(other.Number));
        SetUpAt = AliveAt = now;
    }

    public void Remove(SessionTrack track) => _tracks.Remove(track);

    /// <summary>A sign of life; an earlier one than the last known changes nothing.</summary>
    public void Touch(MonotonicTime at) => AliveAt = at > AliveAt ? at : AliveAt;

    public void Play()
    {
        State = RtspState.Playing;
        HasBegun = true;
    }

    /// <summary>Whether it plays what is kept, and not now.</summary>
    public bool IsReplaying => State == RtspState.Playing && announced is null && !Time.IsLive;

    /// <summary>What has happened to what it replays.</summary>
    public void LookAtReplay(IClientAdmission admission, Queue<SessionCommand> commands, MonotonicTime at)
    {
        var news = admission.NewsOf(Clients[0], at);
        if (news == ReplayNews.CaughtUp && admission.TryGo(Clients, PlayPlace.Live, at, out _) is null)
        {
            Time.Start(PlayPlace.Live, 0, admission.SpanOf(Channel, at), at);
            foreach (var (client, position) in Clients.Zip(admission.NextPositions(Clients)))
                commands.Enqueue(new SessionCommand(SessionCommandKind.Play, client, position.FirstSequence, position.FirstTimestamp));
        }
        if (news != ReplayNews.Ended)
            return;
        Time.End();
        Pause();
        foreach (var client in Clients)
            commands.Enqueue(new SessionCommand(SessionCommandKind.Finish, client));
    }

    public void Record()
    {
        State = RtspState.Recording;
        HasBegun = true;
    }

    public void Pause() => State = announced is null ? RtspState.Ready : RtspState.ReadyToRecord;

    /// <summary>
    /// When the session ends by itself. Signs of life do not keep one that never began; an interleaved one that plays lives with
    /// its connection. One that records holds a channel that others may want, and ends when nothing is heard of it.
    /// </summary>
    public MonotonicTime DeadlineBy(RtspServerOptions options)
    {
        if (!HasBegun)
            return SetUpAt + options.UnplayedTimeoutNs;
        if (announced is not null)
            return AliveAt + options.RecordSilenceNs;
        return _tracks.TrueForAll(track => track.Channels is not null)
            ? MonotonicTime.MaxValue : AliveAt + (options.SessionTimeoutSeconds * 1_000_000_000L);
    }
}
