using System.Net;
using System.Net.Sockets;
using Sluice.Control.Rtsp;
using Sluice.Wire.Sdp;

namespace Sluice.Control.Announce;

/// <summary>One RTP destination as a session description names it.</summary>
/// <param name="To">Group or host.</param>
/// <param name="Port">The RTP port; where several tracks go there, the one that names the session.</param>
/// <param name="From">The address that packets come from: receivers of a source-specific group need it, and it makes the origin unique.</param>
/// <param name="Ttl">Hops, written for IPv4 groups.</param>
public readonly record struct SdpDestination(IPAddress To, ushort Port, IPAddress From, byte Ttl)
{
    /// <summary>The RTP port of each track that goes there; null = one track does, to <see cref="Port"/>.</summary>
    public IReadOnlyList<ushort>? TrackPorts { get; init; }

    public bool IsIPv6 => To.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>232/8 (RFC 4607 §1) and FF3x::/32 (§1, RFC 3306 §6): nobody can join these without naming the source.</summary>
    public bool IsSourceSpecific => To.GetAddressBytes() switch
    {
        { Length: 4 } v4 => v4[0] == 232,
        var v6 => v6[0] == 0xff && v6[1] >> 4 == 3 && v6.AsSpan(2, 2).IndexOfAnyExcept((byte)0) < 0,
    };
}

/// <summary>
/// The description of one RTP output, or of those that carry the tracks of a channel to one place: its .sdp file, and what
/// SAP announces. Its session id stays the same for the same channel and
/// destination, also over restarts; its version is the caller's and rises when the text changes (RFC 8866 §5.2).
/// </summary>
public static class OutputSdp
{
    /// <param name="channel">The tracks that go there.</param>
    /// <param name="destination">Where.</param>
    /// <param name="version">Of the text.</param>
    /// <param name="tool">Who wrote it.</param>
    public static SdpSession Make(ChannelDescription channel, in SdpDestination destination, ulong version, string tool)
    {
        var origin = new SdpOrigin("-", SessionId(channel.Name, destination), version, Plain(destination.From), destination.IsIPv6);
        var connection = SdpConnection.To(new IPAddress(destination.To.GetAddressBytes()), destination.Ttl);
        var session = ChannelSdp.ForDestination(channel, origin, connection, destination.TrackPorts ?? [destination.Port]);
        var attributes = new List<SdpAttribute> { new("tool", tool), new("recvonly"), new("type", "broadcast") };
        if (destination.IsSourceSpecific)
            attributes.Add(SourceFilter(destination));
        return session with { Attributes = [.. attributes, .. session.Attributes] };
    }

    // RFC 4570 §3: "incl", the group as the c= line has it, the one source.
    private static SdpAttribute SourceFilter(in SdpDestination destination) =>
        new("source-filter", $" incl IN {(destination.IsIPv6 ? "IP6" : "IP4")} {Plain(destination.To)} {Plain(destination.From)}");

    // 63 bits, because some receivers read it as a signed number.
    private static ulong SessionId(string channel, in SdpDestination destination)
    {
        var hash = 14695981039346656037ul;
        foreach (var c in $"{channel.ToUpperInvariant()} {destination.To} {destination.Port} {destination.From}")
            hash = (hash ^ c) * 1099511628211;
        return hash & long.MaxValue;
    }

    /// <summary>Without the scope, which means nothing on another machine.</summary>
    private static string Plain(IPAddress address) => new IPAddress(address.GetAddressBytes()).ToString();
}
