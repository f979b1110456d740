using System.Runtime.InteropServices;

namespace Sluice.Linux;

internal static unsafe partial class Libc
{
    internal const int EPOLL_CLOEXEC = 0x80000, EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;
    internal const uint EPOLLIN = 1;

    /// <summary>The same number on x64 and arm64. Called through <c>syscall</c> because glibc before 2.35 has no wrapper.</summary>
    internal const long SYS_epoll_pwait2 = 441;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int epoll_ctl(int epfd, int op, int fd, void* @event);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int epoll_wait(int epfd, void* events, int maxevents, int timeoutMs);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial long syscall(long number, long fd, void* events, long maxevents, timespec* timeout, void* sigmask, long size);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int eventfd(uint initval, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint read(int fd, void* buf, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint write(int fd, void* buf, nuint count);
}
