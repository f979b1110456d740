using System.Net;

namespace Sluice.Load.Receiving;

/// <summary>Where and how to receive plain UDP.</summary>
/// <param name="Address">Local address, or the group to join; any when null.</param>
/// <param name="FirstPort">Port of the first client.</param>
public sealed record ReceivePlan(IPAddress? Address, int FirstPort)
{
    public int Clients { get; init; } = 1;

    /// <summary>From one client's port to the next's.</summary>
    public int PortStep { get; init; } = 2;

    public string? Interface { get; init; }

    /// <summary>The only source to hear in a group (RFC 4607).</summary>
    public IPAddress? SourceFilter { get; init; }

    /// <summary>Of each socket; the kernel grants more than <c>net.core.rmem_max</c> only to CAP_NET_ADMIN.</summary>
    public int BufferBytes { get; init; } = 4 << 20;

    /// <summary>Let the kernel hand over trains as one (UDP_GRO): faster; packets of a train then share one arrival time.</summary>
    public bool Coalesced { get; init; } = true;

    public bool IsMulticast => Address is { } address && (address.IsIPv6Multicast || (address.GetAddressBytes() is [>= 224 and < 240, _, _, _]));

    public int PortOf(int client) => FirstPort + client * PortStep;
}
