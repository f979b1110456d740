using System.Security.Cryptography;
using System.Text;
using Sluice.Linux;

namespace Sluice.Control.Rtsp;

/// <summary>One session: some tracks of one channel under one control (RFC 2326 §1.3), bound to the connection whose table it stands in.</summary>
internal sealed class RtspSession(string id, ChannelDescription channel, MonotonicTime now)
{
    private const int IdBytes = 16;                            // 128 random bits: the id is a credential

    private readonly byte[] _id = Encoding.ASCII.GetBytes(id);
    private readonly List<SessionTrack> _tracks = new(channel.Tracks.Count);

    public string Id { get; } = id;
    public ChannelDescription Channel { get; } = channel;

    /// <summary>What was set up, in the order of the channel's tracks. Never empty while the session stands in its table.</summary>
    public IReadOnlyList<SessionTrack> Tracks => _tracks;

    public RtspState State { get; private set; } = RtspState.Ready;
    public bool HasPlayed { get; private set; }

    /// <summary>The last SETUP.</summary>
    public MonotonicTime SetUpAt { get; private set; } = now;
    public MonotonicTime AliveAt { get; private set; } = now;

    public static string NewId() => RandomNumberGenerator.GetHexString(2 * IdBytes);

    /// <summary>Takes the same time for every wrong id of the right length.</summary>
    public bool HasId(ReadOnlySpan<byte> candidate) => CryptographicOperations.FixedTimeEquals(candidate, _id);

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
        _tracks.Sort((one, other) => one.Number.CompareTo(other.Number));
        SetUpAt = AliveAt = now;
    }

    public void Remove(SessionTrack track) => _tracks.Remove(track);

    /// <summary>A sign of life; an earlier one than the last known changes nothing.</summary>
    public void Touch(MonotonicTime at) => AliveAt = at > AliveAt ? at : AliveAt;

    public void Play()
    {
        State = RtspState.Playing;
        HasPlayed = true;
    }

    public void Pause() => State = RtspState.Ready;

    /// <summary>
    /// When the session ends by itself. Signs of life do not keep one that never played; an interleaved one that did lives with
    /// its connection.
    /// </summary>
    public MonotonicTime DeadlineBy(RtspServerOptions options)
    {
        if (!HasPlayed)
            return SetUpAt + options.UnplayedTimeoutNs;
        return _tracks.TrueForAll(track => track.Channels is not null)
            ? MonotonicTime.MaxValue : AliveAt + (options.SessionTimeoutSeconds * 1_000_000_000L);
    }
}
