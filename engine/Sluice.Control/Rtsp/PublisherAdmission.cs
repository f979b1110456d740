using System.Net;
using Sluice.Control.Offsets;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>One track that a publisher wants to send.</summary>
/// <param name="Channel">The registered name, and all tracks that were announced.</param>
/// <param name="PeerAddress">The far end of the RTSP connection: the only place that its packets may come from.</param>
/// <param name="Transport">How they come.</param>
/// <param name="Ports">UDP: the publisher's RTP and RTCP ports. Interleaved: the two channels.</param>
/// <param name="Track">Which of the announced tracks.</param>
/// <param name="Sibling">Another track of the same session; null for the first, which takes the channel.</param>
public readonly record struct PublishRequest(
    ChannelDescription Channel, IPAddress PeerAddress, ClientTransport Transport, PortPair Ports, int Track, ClientId? Sibling);

/// <summary>What was reserved for a publisher's track.</summary>
/// <param name="Client">Names it in every command.</param>
/// <param name="ServerPorts">UDP only: where its packets go.</param>
public readonly record struct PublishGrant(ClientId Client, PortPair ServerPorts);

/// <summary>Why not: the status, and what stands behind it in the status line for people.</summary>
public readonly record struct RtspRefusal(RtspStatus Status, string Reason);

/// <summary>What ANNOUNCE, SETUP and RECORD need of the engine (RFC 2326 §10.3, §10.11). On the control thread that runs the connection.</summary>
public interface IPublisherAdmission
{
    /// <summary>Whether the channel would take such a publisher now; null = yes.</summary>
    RtspRefusal? WhyNotPublish(ChannelDescription announced);

    /// <summary>
    /// Takes a track in; the first of a session takes the channel, and nobody else may have it. Nothing is heard before
    /// <see cref="Record"/>. A Remove command gives it back, and nothing else does. Null = it is granted.
    /// </summary>
    RtspRefusal? TryPublish(in PublishRequest request, out PublishGrant grant);

    /// <summary>The track is heard from now on. At once, because its first packet may come before the answer's last byte has left.</summary>
    void Record(ClientId client);

    /// <summary>How long after now the publisher wants the channel's outputs. Told when it begins to record, if it said so.</summary>
    void SetOffsets(ChannelDescription channel, IReadOnlyList<ProviderOffset> offsets);

    /// <summary>Whether another interleaved packet of this publisher's connection can be taken now.</summary>
    bool HasRoom(ClientId client);
}
