using System.Runtime.InteropServices;

namespace Sluice.Linux;

// Layouts of <sys/socket.h> and <linux/in.h> on 64-bit little-endian Linux; x64 and arm64 agree (tests/Linux/KernelLayoutTests).

[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct iovec
{
    [FieldOffset(0)] public void* iov_base;
    [FieldOffset(8)] public nuint iov_len;
}

[StructLayout(LayoutKind.Explicit, Size = 56)]
internal unsafe struct msghdr
{
    [FieldOffset(0)] public void* msg_name;
    [FieldOffset(8)] public uint msg_namelen;
    [FieldOffset(16)] public iovec* msg_iov;
    [FieldOffset(24)] public nuint msg_iovlen;
    [FieldOffset(32)] public void* msg_control;
    [FieldOffset(40)] public nuint msg_controllen;
    [FieldOffset(48)] public int msg_flags;
}

[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct mmsghdr
{
    [FieldOffset(0)] public msghdr msg_hdr;
    [FieldOffset(56)] public uint msg_len;
}

/// <summary>Header of one control message; its data follows at once, and the next header is 8-byte aligned.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct cmsghdr
{
    [FieldOffset(0)] public nuint cmsg_len;
    [FieldOffset(8)] public int cmsg_level;
    [FieldOffset(12)] public int cmsg_type;
}

[StructLayout(LayoutKind.Explicit, Size = 12)]
internal struct ip_mreqn
{
    [FieldOffset(0)] public uint imr_multiaddr;
    [FieldOffset(4)] public uint imr_address;
    [FieldOffset(8)] public int imr_ifindex;
}

/// <summary>A <c>sockaddr_storage</c> that starts with one of our addresses.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct sockaddr_storage
{
    [FieldOffset(0)] public DatagramAddress Address;
}

[StructLayout(LayoutKind.Explicit, Size = 136)]
internal struct group_req
{
    [FieldOffset(0)] public uint gr_interface;
    [FieldOffset(8)] public sockaddr_storage gr_group;
}

[StructLayout(LayoutKind.Explicit, Size = 264)]
internal struct group_source_req
{
    [FieldOffset(0)] public uint gsr_interface;
    [FieldOffset(8)] public sockaddr_storage gsr_group;
    [FieldOffset(136)] public sockaddr_storage gsr_source;
}

[StructLayout(LayoutKind.Explicit, Size = 8)]
internal struct sock_txtime
{
    [FieldOffset(0)] public int clockid;
    [FieldOffset(4)] public uint flags;
}

/// <summary><c>struct if_nameindex</c>: the list ends with index 0.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct if_nameindex_entry
{
    [FieldOffset(0)] public uint if_index;
    [FieldOffset(8)] public byte* if_name;
}
