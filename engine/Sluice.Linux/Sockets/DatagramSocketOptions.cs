using System.Net;

namespace Sluice.Linux;

/// <summary>How a datagram socket is opened. The address family follows from the addresses; IPv4 when there are none.</summary>
public sealed record DatagramSocketOptions
{
    /// <summary>Local address to receive on; any when null. With a <see cref="MulticastGroup"/> the socket binds to that instead.</summary>
    public IPAddress? BindAddress { get; init; }

    /// <summary>Local port; 0 lets the kernel choose.</summary>
    public int Port { get; init; }

    /// <summary>Network device to receive from, by name. For a multicast group: where it is joined.</summary>
    public string? Interface { get; init; }

    /// <summary>Group to join and to bind to.</summary>
    public IPAddress? MulticastGroup { get; init; }

    /// <summary>The only source to hear in <see cref="MulticastGroup"/> (source-specific join, RFC 4607).</summary>
    public IPAddress? SourceFilter { get; init; }

    /// <summary>Bytes of payload and bookkeeping to ask for; 0 leaves the kernel's default.</summary>
    public int ReceiveBufferBytes { get; init; }

    /// <inheritdoc cref="ReceiveBufferBytes"/>
    public int SendBufferBytes { get; init; }

    /// <summary>Let other sockets bind the same address and port: several channels in one group, several programs.</summary>
    public bool ReuseAddress { get; init; }

    /// <summary>Ask the kernel when each datagram came in.</summary>
    public bool ReceiveTimestamps { get; init; } = true;

    /// <summary>
    /// Let the kernel hand several datagrams of one sender as one (UDP_GRO): several times cheaper for who receives trains. Buffers must
    /// then hold 65,535 bytes, and <see cref="Linux.ReceiveBatch.SegmentSize"/> says where to cut. No effect on kernels before 5.0.
    /// </summary>
    public bool ReceiveCoalesced { get; init; }

    /// <summary>TTL (hop limit) of multicast that is sent, 0..255; the kernel's default is 1.</summary>
    public int? MulticastTtl { get; init; }

    /// <summary>TTL (hop limit) of unicast that is sent, 1..255.</summary>
    public int? UnicastTtl { get; init; }

    /// <summary>Network device to send multicast through, by name.</summary>
    public string? MulticastInterface { get; init; }

    /// <summary>Whether programs on this machine hear the multicast that is sent.</summary>
    public bool MulticastLoop { get; init; }

    /// <summary>Differentiated services code point, 0..63 (RFC 2474).</summary>
    public int? Dscp { get; init; }

    /// <summary>Local address that sent datagrams carry. Either this or <see cref="BindAddress"/>.</summary>
    public IPAddress? SourceAddress { get; init; }
}
