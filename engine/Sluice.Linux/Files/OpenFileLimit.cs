namespace Sluice.Linux;

/// <summary>How many descriptors this process may hold (RLIMIT_NOFILE, getrlimit(2)).</summary>
public static unsafe class OpenFileLimit
{
    /// <summary>
    /// Asks for at least <paramref name="wanted"/> descriptors; above the hard limit that takes CAP_SYS_RESOURCE. Returns what is allowed
    /// afterwards, which may be less.
    /// </summary>
    public static long Raise(long wanted)
    {
        rlimit limit;   // sound: the kernel fills and reads these locals
        if (Libc.getrlimit(Libc.RLIMIT_NOFILE, &limit) != 0) return 0;
        if ((ulong)wanted <= limit.rlim_cur) return Bounded(limit.rlim_cur);
        var raised = new rlimit { rlim_cur = (ulong)wanted, rlim_max = Math.Max((ulong)wanted, limit.rlim_max) };
        if (Libc.setrlimit(Libc.RLIMIT_NOFILE, &raised) == 0) return wanted;
        raised = limit with { rlim_cur = limit.rlim_max };
        return Bounded(Libc.setrlimit(Libc.RLIMIT_NOFILE, &raised) == 0 ? limit.rlim_max : limit.rlim_cur);
    }

    private static long Bounded(ulong count) => (long)Math.Min(count, long.MaxValue);
}
