using System.Globalization;
using Sluice.Linux;

namespace Sluice.Load.Receiving;

/// <summary>What a stretch of work cost the calling thread: how much of a core it had, and how much it wanted and did not get.</summary>
internal readonly struct ThreadEffort
{
    private readonly long _startNs, _cpuNs, _waitedNs;

    private ThreadEffort(long startNs, long cpuNs, long waitedNs) => (_startNs, _cpuNs, _waitedNs) = (startNs, cpuNs, waitedNs);

    public static ThreadEffort Begin() => new(SystemClock.Now.Ns, SystemClock.ThreadCpuNs, WaitedNs());

    /// <summary>Parts of one core since <see cref="Begin"/>: used, and waited for while others had it.</summary>
    public (double Busy, double Starved, long CpuNs) End()
    {
        var cpuNs = SystemClock.ThreadCpuNs - _cpuNs;
        var elapsedNs = (double)Math.Max(SystemClock.Now.Ns - _startNs, 1);
        return (cpuNs / elapsedNs, (WaitedNs() - _waitedNs) / elapsedNs, cpuNs);
    }

    // proc(5), schedstat: time on the CPU, time spent waiting on a run queue, time slices.
    private static long WaitedNs()
    {
        const string Path = "/proc/thread-self/schedstat";
        var fields = File.Exists(Path) ? File.ReadAllText(Path).Split(' ') : [];
        return fields.Length > 1 && long.TryParse(fields[1], CultureInfo.InvariantCulture, out var ns) ? ns : 0;
    }
}
