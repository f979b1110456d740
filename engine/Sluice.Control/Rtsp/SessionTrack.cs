using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>One track of a session, by the way in which its packets travel.</summary>
/// <param name="Number">Of the channel's tracks.</param>
internal abstract record SessionTrack(int Number)
{
    /// <summary>The row in the data plane that carries it and that commands name; null when it has none of its own.</summary>
    public virtual ClientId? Client => null;

    /// <summary>The interleaved channels of RTP and RTCP; null when its packets are datagrams.</summary>
    public virtual PortPair? Channels => null;

    public bool HasChannel(byte channel) => Channels is { } own && (own.Rtp == channel || own.Rtcp == channel);

    /// <summary>What SETUP's answer tells of it (RFC 2326 §12.39), in the spelling in which it was asked for.</summary>
    public abstract TransportHeader Answer(TransportProtocol asked);
}

/// <summary>A track between the peer and us, with a row of its own: in the connection, or from port to port.</summary>
internal abstract record PeerTrack(int Number, ClientId Row, ClientTransport Transport, PortPair Ports, PortPair? ServerPorts) : SessionTrack(Number)
{
    public override ClientId? Client => Row;

    public override PortPair? Channels => Transport == ClientTransport.Interleaved ? Ports : null;

    public override TransportHeader Answer(TransportProtocol asked) => new(asked, TransportDelivery.Unicast)
    {
        Interleaved = Channels,
        ClientPort = Channels is null ? Ports : null,
        ServerPort = Channels is null ? ServerPorts : null,
    };
}

/// <summary>A track that is sent to the peer.</summary>
internal sealed record UnicastTrack(ClientGrant Grant, ClientRequest Request)
    : PeerTrack(Request.Track, Grant.Client, Request.Transport, Request.Ports, Grant.ServerPorts)
{
    public override TransportHeader Answer(TransportProtocol asked) => base.Answer(asked) with { Ssrc = Grant.Ssrc };
}

/// <summary>A track that the peer sends to us.</summary>
internal sealed record RecordTrack(PublishGrant Grant, PublishRequest Request)
    : PeerTrack(Request.Track, Grant.Client, Request.Transport, Request.Ports, Grant.ServerPorts)
{
    public override TransportHeader Answer(TransportProtocol asked) => base.Answer(asked) with { Mode = TransportMode.Record };
}

/// <summary>A track that the peer hears in a group which is sent to anyway: it reserves nothing, and nobody is told to send.</summary>
internal sealed record GroupTrack(int Number, MulticastGroup Group) : SessionTrack(Number)
{
    public override TransportHeader Answer(TransportProtocol asked) => new(asked, TransportDelivery.Multicast)
    {
        Destination = Group.Address.ToString(),
        Source = Group.Source?.ToString(),
        Port = Group.Ports,
        Ttl = Group.Ttl,
        Ssrc = Group.Ssrc,
    };
}
