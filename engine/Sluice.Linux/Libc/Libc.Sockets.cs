using System.Runtime.InteropServices;

namespace Sluice.Linux;

/// <summary>Mirrors the manual pages, sections 2 and 3, under their own names. One partial file per subject.</summary>
internal static unsafe partial class Libc
{
    internal const int AF_INET = 2, AF_INET6 = 10;
    internal const int SOCK_DGRAM = 2, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;
    internal const int MSG_DONTWAIT = 0x40, MSG_TRUNC = 0x20;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int bind(int sockfd, void* addr, uint addrlen);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int connect(int sockfd, void* addr, uint addrlen);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int getsockname(int sockfd, void* addr, uint* addrlen);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setsockopt(int sockfd, int level, int optname, void* optval, uint optlen);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int getsockopt(int sockfd, int level, int optname, void* optval, uint* optlen);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int recvmmsg(int sockfd, mmsghdr* msgvec, uint vlen, int flags, timespec* timeout);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sendmmsg(int sockfd, mmsghdr* msgvec, uint vlen, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint sendmsg(int sockfd, msghdr* msg, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint sendto(int sockfd, void* buf, nuint len, int flags, void* dest, uint addrlen);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint if_nametoindex(string ifname);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial if_nameindex_entry* if_nameindex();

    [LibraryImport("libc")]
    internal static partial void if_freenameindex(if_nameindex_entry* list);

    /// <summary>The errno of the last failed call on this thread, negated: how calls here hand an error back.</summary>
    internal static int NegativeErrno() => -Marshal.GetLastPInvokeError();
}
