namespace Sluice.Linux;

/// <summary>Levels and names of options and control messages (asm-generic/socket.h, linux/in.h, linux/in6.h, linux/udp.h).</summary>
internal static class SocketOption
{
    internal const int SOL_SOCKET = 1, IPPROTO_IP = 0, IPPROTO_IPV6 = 41, SOL_UDP = 17;

    internal const int SO_REUSEADDR = 2, SO_SNDBUF = 7, SO_RCVBUF = 8, SO_BINDTODEVICE = 25,
        SO_SNDBUFFORCE = 32, SO_RCVBUFFORCE = 33, SO_TIMESTAMPNS = 35, SO_RXQ_OVFL = 40, SO_TXTIME = 61, SO_BINDTOIFINDEX = 62;

    internal const int IP_TOS = 1, IP_TTL = 2, IP_RECVTTL = 12, IP_MULTICAST_IF = 32, IP_MULTICAST_TTL = 33,
        IP_MULTICAST_LOOP = 34, IP_MULTICAST_ALL = 49;

    internal const int IPV6_UNICAST_HOPS = 16, IPV6_MULTICAST_IF = 17, IPV6_MULTICAST_HOPS = 18, IPV6_MULTICAST_LOOP = 19,
        IPV6_V6ONLY = 26, IPV6_MULTICAST_ALL = 29, IPV6_RECVHOPLIMIT = 51, IPV6_HOPLIMIT = 52, IPV6_TCLASS = 67;

    // Protocol-independent joins, RFC 3678 §5: they name the interface by index.
    internal const int MCAST_JOIN_GROUP = 42, MCAST_LEAVE_GROUP = 45, MCAST_JOIN_SOURCE_GROUP = 46;

    internal const int UDP_SEGMENT = 103, UDP_GRO = 104;
}
