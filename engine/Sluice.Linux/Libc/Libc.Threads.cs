using System.Runtime.InteropServices;

namespace Sluice.Linux;

internal static unsafe partial class Libc
{
    internal const int PRIO_PROCESS = 0;
    internal const int PR_SET_NAME = 15, PR_SET_TIMERSLACK = 29, PR_GET_TIMERSLACK = 30;

    internal const uint SCHED_OTHER = 0;

    /// <summary>sched_setattr(2), which glibc before 2.41 has no wrapper for.</summary>
    internal static readonly long SYS_sched_setattr = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 274 : 314;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial long syscall(long number, long pid, sched_attr* attributes, long flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int getsid(int pid);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setpriority(int which, uint who, int prio);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sched_setaffinity(int pid, nuint cpusetsize, void* mask);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sched_getaffinity(int pid, nuint cpusetsize, void* mask);
}

/// <summary>SCHED_ATTR_SIZE_VER0 of linux/sched/types.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct sched_attr
{
    public uint size, sched_policy;
    public ulong sched_flags;
    public int sched_nice;
    public uint sched_priority;
    public ulong sched_runtime, sched_deadline, sched_period;
}
