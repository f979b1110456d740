using System.Runtime.InteropServices;

namespace Sluice.Linux;

internal static unsafe partial class Libc
{
    internal const int CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_THREAD_CPUTIME_ID = 3, TIMER_ABSTIME = 1;

    // Answered in the vDSO or by a short system call: it cannot block, so the garbage collector need not be told.
    [LibraryImport("libc"), SuppressGCTransition]
    internal static partial int clock_gettime(int clockid, timespec* tp);

    /// <summary>Returns the error number itself and leaves errno alone.</summary>
    [LibraryImport("libc")]
    internal static partial int clock_nanosleep(int clockid, int flags, timespec* request, timespec* remain);
}

[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct timespec
{
    internal const long NsPerSecond = 1_000_000_000;

    [FieldOffset(0)] public long tv_sec;
    [FieldOffset(8)] public long tv_nsec;

    internal static timespec FromNs(long ns) => new() { tv_sec = ns / NsPerSecond, tv_nsec = ns % NsPerSecond };

    internal readonly long ToNs() => (tv_sec * NsPerSecond) + tv_nsec;
}
