using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sluice.Tests.Kit;

/// <summary>
/// Notes when this machine stood still: a thread that sleeps a millisecond and finds that far more has passed. What was due meanwhile
/// nobody could have sent. It also sees where another process's packet threads were ready to run and got no core (the kernel's count of it,
/// <c>/proc/PID/task/TID/schedstat</c>); a collector that stands them still, a lock or a long pass is no such wait and is not excused.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    private const double StallMs = 60;

    // A loss shows when the next packet comes, a stall when it is over.
    private static readonly TimeSpan s_edge = TimeSpan.FromMilliseconds(200);
    private readonly List<(DateTime End, double Ms)> _stalls = [];
    private readonly Dictionary<SafeFileHandle, long> _waitedNs = [];
    private readonly Thread _thread;
    private volatile bool _stopping;
    private long _longestTicks;

    /// <param name="process">An engine whose packet threads are watched as well; 0 = none.</param>
    public StallWatch(int process = 0)
    {
        if (process > 0)
            foreach (var task in Directory.GetDirectories($"/proc/{process}/task").Where(IsPacketThread))
                _waitedNs.Add(File.OpenHandle($"{task}/schedstat"), 0);
        _thread = new Thread(Run) { IsBackground = true, Name = "stall-watch", Priority = ThreadPriority.Highest };
        _thread.Start();
    }

    /// <summary>All stalls together.</summary>
    public TimeSpan Stalled => Between(DateTime.MinValue.AddDays(1), DateTime.MaxValue.AddDays(-1));

    /// <summary>What of them was between two instants (UTC), or not farther off than a stall is seen late.</summary>
    public TimeSpan Between(DateTime from, DateTime until)
    {
        lock (_stalls)
            return TimeSpan.FromMilliseconds(_stalls.Where(s => s.End >= from - s_edge && s.End <= until + s_edge).Sum(s => s.Ms));
    }

    /// <summary>The longest that the thread overslept, of any length.</summary>
    public double LongestMs => TimeSpan.FromTicks(Interlocked.Read(ref _longestTicks)).TotalMilliseconds;

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        foreach (var file in _waitedNs.Keys) file.Dispose();
    }

    private static bool IsPacketThread(string task) => File.ReadAllText($"{task}/comm").Split('+', '\n')[0] is "ingest" or "stamp" or "send";

    private void Run()
    {
        foreach (var file in _waitedNs.Keys) _waitedNs[file] = WaitedNs(file);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!_stopping)
        {
            clock.Restart();
            Thread.Sleep(1);
            var slept = clock.Elapsed.Ticks - TimeSpan.TicksPerMillisecond;
            if (slept > _longestTicks) Interlocked.Exchange(ref _longestTicks, slept);
            var stalledMs = Math.Max(clock.Elapsed.TotalMilliseconds, LongestWaitMs());
            if (stalledMs <= StallMs) continue;
            lock (_stalls) _stalls.Add((DateTime.UtcNow, stalledMs));
        }
    }

    // The kernel adds a wait to its count when it is over, so what came within a millisecond was one.
    private double LongestWaitMs()
    {
        var longestNs = 0L;
        foreach (var file in _waitedNs.Keys)
        {
            var waitedNs = WaitedNs(file);
            longestNs = Math.Max(longestNs, waitedNs - _waitedNs[file]);
            _waitedNs[file] = waitedNs;
        }
        return longestNs / 1e6;
    }

    // "time on the core, time ready and waiting for it, times": ns, ns, count.
    private static long WaitedNs(SafeFileHandle schedstat)
    {
        Span<byte> text = stackalloc byte[128];
        var length = RandomAccess.Read(schedstat, text, 0);
        return long.Parse(Encoding.ASCII.GetString(text[..length]).Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
