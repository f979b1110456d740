namespace Sluice.Linux;

/// <summary>The only place that asks the kernel what time it is. Any thread; about 25 ns a call (vDSO).</summary>
public static class SystemClock
{
    private const int PairTriesMax = 3;
    private const long PairWidthNs = 2_000;

    public static MonotonicTime Now => new(Read(Libc.CLOCK_MONOTONIC));

    public static WallTime WallNow => new(Read(Libc.CLOCK_REALTIME));

    /// <summary>CPU time that the calling thread has used, in nanoseconds.</summary>
    public static long ThreadCpuNs => Read(Libc.CLOCK_THREAD_CPUTIME_ID);

    /// <summary>
    /// Wall clock minus monotonic clock, now, in nanoseconds. The two are read as a sandwich, and read again when the thread was
    /// interrupted between them, so the error is about a microsecond rather than a time slice.
    /// </summary>
    public static long WallMinusMonotonicNs()
    {
        long best = 0, narrowest = long.MaxValue;
        for (var i = 0; i < PairTriesMax && narrowest > PairWidthNs; i++)
        {
            var before = Read(Libc.CLOCK_MONOTONIC);
            var wall = Read(Libc.CLOCK_REALTIME);
            var width = Read(Libc.CLOCK_MONOTONIC) - before;
            if (width >= narrowest) continue;
            narrowest = width;
            best = wall - (before + (width / 2));
        }
        return best;
    }

    private static unsafe long Read(int clock)
    {
        timespec time;   // sound: the kernel fills this local, and these clocks always exist
        _ = Libc.clock_gettime(clock, &time);
        return time.ToNs();
    }
}
