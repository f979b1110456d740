using System.Net;
using Sluice.Linux;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>How an RTSP client takes its packets.</summary>
public enum ClientTransport { Udp, Interleaved }

/// <summary>A multicast output as SETUP's answer tells it (RFC 2326 §12.39).</summary>
/// <param name="Address">The group.</param>
/// <param name="Ports">Of RTP and of the reports to it.</param>
/// <param name="Ttl">How far its packets go.</param>
/// <param name="Ssrc">Of its packets.</param>
/// <param name="Source">The address that its packets come from; null while there is no way there.</param>
public sealed record MulticastGroup(IPAddress Address, PortPair Ports, byte Ttl, uint Ssrc, IPAddress? Source = null);

/// <summary>What SETUP asks the data plane for.</summary>
/// <param name="Channel">As <see cref="IClientAdmission.TryFindChannel"/> gave it.</param>
/// <param name="PeerAddress">The far end of the RTSP connection: the only place its packets may go.</param>
/// <param name="Transport">How.</param>
/// <param name="Ports">UDP: the client's RTP and RTCP ports. Interleaved: the two channels.</param>
/// <param name="Track">Which of the channel's tracks.</param>
/// <param name="Sibling">Another track's client of the same session: both have one delay, or sound and picture would part. Null for the first.</param>
public readonly record struct ClientRequest(
    ChannelDescription Channel, IPAddress PeerAddress, ClientTransport Transport, PortPair Ports, int Track = 0, ClientId? Sibling = null)
{
    /// <summary>The client asked for the profile with feedback (RTP/AVPF): it has taken what DESCRIBE offered.</summary>
    public bool HasFeedback { get; init; }
}

/// <summary>The row that was reserved, and what SETUP's answer tells of it.</summary>
/// <param name="Client">Names the row in every command.</param>
/// <param name="Ssrc">The SSRC of the client's packets.</param>
/// <param name="ServerPorts">UDP only: where packets come from and receiver reports go.</param>
/// <param name="DelayNs">The client's constant delay: for labels, not for RTSP.</param>
public readonly record struct ClientGrant(ClientId Client, uint Ssrc, PortPair ServerPorts, long DelayNs);

/// <summary>The outcome of <see cref="IClientAdmission.TryAdmit"/>.</summary>
public enum AdmissionResult
{
    Admitted,
    /// <summary>No row or no bandwidth left: 453.</summary>
    NoSlots,
    /// <summary>461.</summary>
    UnsupportedTransport,
    /// <summary>The channel has no stream at the moment: 503.</summary>
    Offline,
}

/// <summary>The first packet that PLAY will send.</summary>
public readonly record struct PlayPosition(ushort FirstSequence, uint FirstTimestamp);

/// <summary>
/// What the RTSP server needs of the engine. Called on the control thread that runs the connection. A host that must know
/// which connection an interleaved client sits on hands each core its own instance.
/// </summary>
public interface IClientAdmission : IPublisherAdmission, ITimeAdmission
{
    /// <summary>Looks a channel up without regard to case.</summary>
    bool TryFindChannel(string name, out ChannelDescription channel);

    /// <summary>Reserves a row for a client that does not play yet. A Remove command gives it back, and nothing else does.</summary>
    AdmissionResult TryAdmit(in ClientRequest request, out ClientGrant grant);

    /// <summary>The group of the peer's address family that the track is sent to as RTP; null when there is none.</summary>
    MulticastGroup? FindGroup(ChannelDescription channel, int track, IPAddress peer);

    /// <summary>
    /// Where PLAY, or PLAY after PAUSE, will begin, for all clients of a session at one instant, later than what they have been sent; goes into RTP-Info
    /// and into the Play commands.
    /// </summary>
    IReadOnlyList<PlayPosition> NextPositions(IReadOnlyList<ClientId> clients);

    /// <summary>A packet that the client sent on one of its interleaved channels; not yet checked in any way.</summary>
    void OnInterleaved(ClientId client, bool isRtcp, ReadOnlySpan<byte> packet, MonotonicTime now);
}
