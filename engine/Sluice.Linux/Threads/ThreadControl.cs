using System.Globalization;
using System.Text;

namespace Sluice.Linux;

/// <summary>What a loop's thread says to the kernel about itself. Every call but one concerns the calling thread.</summary>
public static unsafe class ThreadControl
{
    private const int NameBytesMax = 15, CpusMax = 1024;

    /// <summary>Names the thread for <c>top -H</c> and core dumps; cut to 15 bytes.</summary>
    public static void SetName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Span<byte> bytes = stackalloc byte[NameBytesMax + 1];
        bytes.Clear();
        Encoding.UTF8.TryGetBytes(name.AsSpan(0, Math.Min(name.Length, NameBytesMax)), bytes[..NameBytesMax], out _);
        fixed (byte* start = bytes) _ = Libc.prctl(Libc.PR_SET_NAME, (nuint)start, 0, 0, 0);   // sound: zero-terminated, copied by the call
    }

    /// <summary>Keeps the thread on one core. False when the core does not exist or is not this process's to use.</summary>
    public static bool PinToCore(int core)
    {
        if ((uint)core >= CpusMax) return false;
        var mask = stackalloc ulong[CpusMax / 64];
        new Span<ulong>(mask, CpusMax / 64).Clear();
        mask[core / 64] = 1UL << (core % 64);
        return Libc.sched_setaffinity(0, CpusMax / 8, mask) == 0;
    }

    /// <summary>The cores this thread may run on, lowest first.</summary>
    public static IReadOnlyList<int> AvailableCores()
    {
        var mask = stackalloc ulong[CpusMax / 64];
        new Span<ulong>(mask, CpusMax / 64).Clear();
        _ = Libc.sched_getaffinity(0, CpusMax / 8, mask);
        var cores = new List<int>();
        for (var i = 0; i < CpusMax; i++)
            if ((mask[i / 64] >> (i % 64) & 1) != 0) cores.Add(i);
        return cores;
    }

    /// <summary>
    /// Sets the calling thread's nice value, −20 (first) to 19, and how long a turn on the core the thread asks for (sched_setattr(2), Linux 6.12): who asks
    /// for shorter turns than the thread that has the core is let in when it wakes, and need not wait for the end of a turn of 3 ms. 0.1 to 100 ms;
    /// older kernels take the nice value only. False without the right to (CAP_SYS_NICE, RLIMIT_NICE): then nothing changed.
    /// On Linux the value belongs to the thread, whatever POSIX says (setpriority(2), "C library/kernel differences").
    /// </summary>
    public static bool TrySetNice(int nice, long sliceNs) => TrySetNice(0, nice, sliceNs);

    /// <summary>
    /// The same for every thread that the process has now, those of the runtime (finalizer, collector) too; threads that these make inherit it.
    /// False when one of them that is still there could not be set.
    /// </summary>
    public static bool TrySetNiceOfProcess(int nice, long sliceNs)
    {
        var all = true;
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
            all &= TrySetNice(long.Parse(Path.GetFileName(task.AsSpan()), CultureInfo.InvariantCulture), nice, sliceNs) || !Directory.Exists(task);
        return all;
    }

    /// <summary>
    /// Sets the nice value of the process's session. Where nobody has a control group of his own, Linux shares the cores out by session first (sched(7),
    /// "The autogroup feature"), and the threads' nice values count within theirs only. False, and nothing changed, in a session that somebody
    /// else began (a shell's: its other programs would gain as well), without the right to, and on a kernel without the feature.
    /// </summary>
    public static bool TrySetNiceOfSession(int nice)
    {
        if (Libc.getsid(0) != Environment.ProcessId)
            return false;
        try
        {
            File.WriteAllText("/proc/self/autogroup", nice.ToString(CultureInfo.InvariantCulture));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool TrySetNice(long thread, int nice, long sliceNs)
    {
        var attributes = new sched_attr { size = (uint)sizeof(sched_attr), sched_policy = Libc.SCHED_OTHER, sched_nice = nice, sched_runtime = (ulong)sliceNs };
        return Libc.syscall(Libc.SYS_sched_setattr, thread, &attributes, 0) == 0;   // sound: the kernel reads as many bytes as the structure says it has
    }

    /// <summary>
    /// How late the kernel may make a sleep for the sake of its own batching; 50,000 unless set. Measured: 78 µs late at the median with
    /// the default, 26 µs with 1 ns.
    /// </summary>
    public static bool SetTimerSlackNs(long slackNs) => Libc.prctl(Libc.PR_SET_TIMERSLACK, (nuint)Math.Max(slackNs, 1), 0, 0, 0) == 0;

    public static long TimerSlackNs => Libc.prctl(Libc.PR_GET_TIMERSLACK, 0, 0, 0, 0);

    /// <summary>Sleeps to an instant; returns at once when it has passed. A signal does not end it early.</summary>
    public static void SleepUntil(MonotonicTime due)
    {
        var request = timespec.FromNs(Math.Max(due.Ns, 0));
        while (Libc.clock_nanosleep(Libc.CLOCK_MONOTONIC, Libc.TIMER_ABSTIME, &request, null) == Errno.EINTR)
        {
        }
    }

    /// <summary>CPU time that the calling thread has used, in nanoseconds.</summary>
    public static long CpuTimeNs => SystemClock.ThreadCpuNs;
}
