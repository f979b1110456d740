using System.Net;
using System.Net.Sockets;

namespace Sluice.Control.Access;

/// <summary>What stands for one customer when addresses are counted: an IPv4 address, or the /64 of an IPv6 address (RFC 6177).</summary>
public static class AddressPrefix
{
    public static IPAddress Of(IPAddress peer)
    {
        if (peer.IsIPv4MappedToIPv6)
            return peer.MapToIPv4();
        if (peer.AddressFamily != AddressFamily.InterNetworkV6)
            return peer;
        var bytes = peer.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
