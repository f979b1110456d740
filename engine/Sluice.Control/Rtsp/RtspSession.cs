using System.Security.Cryptography;
using System.Text;
using Sluice.Linux;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>One session: one client row of one channel, bound to the connection whose table it stands in.</summary>
internal sealed class RtspSession(string id, ClientGrant grant, in ClientRequest request, MonotonicTime now)
{
    private const int IdBytes = 16;                            // 128 random bits: the id is a credential

    private readonly byte[] _id = Encoding.ASCII.GetBytes(id);

    public string Id { get; } = id;
    public ClientGrant Grant { get; } = grant;
    public ChannelDescription Channel { get; } = request.Channel;
    public ClientTransport Transport { get; } = request.Transport;

    /// <summary>Client ports or interleaved channels.</summary>
    public PortPair Ports { get; } = request.Ports;

    public RtspState State { get; private set; } = RtspState.Ready;
    public bool HasPlayed { get; private set; }
    public MonotonicTime CreatedAt { get; } = now;
    public MonotonicTime AliveAt { get; private set; } = now;

    public static string NewId() => Convert.ToHexString(RandomNumberGenerator.GetBytes(IdBytes));

    /// <summary>Takes the same time for every wrong id of the right length.</summary>
    public bool HasId(ReadOnlySpan<byte> candidate) => CryptographicOperations.FixedTimeEquals(candidate, _id);

    public bool HasChannel(byte channel) => Transport == ClientTransport.Interleaved && (Ports.Rtp == channel || Ports.Rtcp == channel);

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
            return CreatedAt + options.UnplayedTimeoutNs;
        return Transport == ClientTransport.Interleaved ? MonotonicTime.MaxValue : AliveAt + (options.SessionTimeoutSeconds * 1_000_000_000L);
    }
}
