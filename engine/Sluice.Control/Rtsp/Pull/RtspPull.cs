using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp.Pull;

/// <summary>How packets are asked for.</summary>
public enum PullTransport
{
    /// <summary>UDP, and interleaved when the server does not want that.</summary>
    UdpThenTcp,
    Udp,
    Tcp,
}

/// <summary>What is pulled from where.</summary>
/// <param name="Url">Without user and password: it goes out in requests and into logs.</param>
/// <param name="User">Null when the server asks nobody.</param>
/// <param name="Password">Never written anywhere but into the answer to a challenge.</param>
/// <param name="Transport">How.</param>
/// <param name="TracksMax">Tracks that are taken; further ones are left.</param>
public sealed record PullPlan(string Url, string? User, string? Password, PullTransport Transport, int TracksMax)
{
    public override string ToString() => Url;
}

/// <summary>One track that was set up.</summary>
/// <param name="Media">What its packets carry.</param>
/// <param name="Url">By which it is controlled.</param>
public sealed record PullTrack(MediaDescription Media, string Url)
{
    /// <summary>Over UDP: where the server says that packets come from; null when it does not say.</summary>
    public PortPair? ServerPorts { get; init; }

    /// <summary>Interleaved: the channels of RTP and RTCP.</summary>
    public PortPair? Channels { get; init; }
}

/// <summary>What the host does after each call, when it has sent the requests.</summary>
public enum PullVerdict
{
    Continue,

    /// <summary>There is no room for the next packet: come again soon with what is left.</summary>
    Wait,

    /// <summary>The tracks are known: go on with <see cref="RtspClientCore.SetUp"/>.</summary>
    Described,

    /// <summary>Close the connection; <see cref="RtspClientCore.Failure"/> says why.</summary>
    Failed,

    /// <summary>Close the connection and ask at <see cref="RtspClientCore.Location"/>.</summary>
    Moved,
}

/// <summary>Takes what comes in interleaved frames; the packet is seen in place and not yet checked.</summary>
public delegate void PullPacketHandler(int track, bool isRtcp, ReadOnlySpan<byte> packet);
