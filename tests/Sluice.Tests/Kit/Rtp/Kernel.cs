using System.Runtime.InteropServices;

namespace Sluice.Tests.Kit.Rtp;

/// <summary>The few system calls that let one thread read a thousand ports: epoll(7) and recvmmsg(2), 64-bit Linux.</summary>
internal static unsafe partial class Kernel
{
    public const int ReadableEvent = 1, AddToPoll = 1, DontWait = 0x40;
    public const int SocketLevel = 1, UdpLevel = 17;
    public const int TimestampNs = 35, ReceiveBufferForce = 33, ReceiveQueueOverflow = 40, UdpGro = 104;

    /// <summary>struct epoll_event is packed on x86-64 alone.</summary>
    public static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    [StructLayout(LayoutKind.Explicit, Size = 64)]
    public struct Message   // struct mmsghdr: a 56-byte msghdr, then the length received
    {
        [FieldOffset(16)] public Vector* Vectors;
        [FieldOffset(24)] public nuint VectorCount;
        [FieldOffset(32)] public void* Control;
        [FieldOffset(40)] public nuint ControlLength;
        [FieldOffset(56)] public uint Received;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Vector   // struct iovec
    {
        public void* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ControlHeader   // struct cmsghdr
    {
        public nuint Length;
        public int Level;
        public int Type;
    }

    [LibraryImport("libc", SetLastError = true)]
    public static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int epoll_ctl(int poll, int operation, int socket, byte* one);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int epoll_wait(int poll, byte* events, int eventsMax, int timeoutMs);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int recvmmsg(int socket, Message* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc")]
    public static partial int close(int fd);
}
