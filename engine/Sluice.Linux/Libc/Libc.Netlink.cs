using System.Runtime.InteropServices;

namespace Sluice.Linux;

/// <summary>netlink(7), rtnetlink(7): what the kernel tells of devices and addresses.</summary>
internal static unsafe partial class Libc
{
    internal const int AF_NETLINK = 16, SOCK_RAW = 3, NETLINK_ROUTE = 0;
    internal const uint RTMGRP_LINK = 0x1, RTMGRP_IPV4_IFADDR = 0x10, RTMGRP_IPV6_IFADDR = 0x100;
    internal const ushort NLMSG_DONE = 3, RTM_NEWLINK = 16, RTM_DELLINK = 17, RTM_GETLINK = 18, RTM_NEWADDR = 20, RTM_DELADDR = 21;
    internal const ushort NLM_F_REQUEST = 1, NLM_F_DUMP = 0x300;
    internal const ushort IFLA_IFNAME = 3;
    internal const uint IFF_UP = 0x1, IFF_RUNNING = 0x40;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint recv(int sockfd, void* buf, nuint len, int flags);
}

[StructLayout(LayoutKind.Explicit, Size = 12)]
internal struct sockaddr_nl
{
    [FieldOffset(0)] public ushort nl_family;
    [FieldOffset(4)] public uint nl_pid;
    [FieldOffset(8)] public uint nl_groups;
}

/// <summary><c>struct nlmsghdr</c> and, for RTM_GETLINK, an empty <c>struct ifinfomsg</c> behind it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct link_request
{
    [FieldOffset(0)] public uint nlmsg_len;
    [FieldOffset(4)] public ushort nlmsg_type;
    [FieldOffset(6)] public ushort nlmsg_flags;
    [FieldOffset(8)] public uint nlmsg_seq;
    [FieldOffset(12)] public uint nlmsg_pid;
}
