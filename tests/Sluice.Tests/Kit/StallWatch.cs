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
    private volatile Waiting[] _threads = [];
    private readonly Thread _thread;
    private volatile bool _stopping;
    private long _longestTicks;

    /// <summary>One thread's count.</summary>
    private sealed class Waiting(string task) : IDisposable
    {
        private readonly SafeFileHandle _schedstat = File.OpenHandle($"{task}/schedstat");
        private long _waitedNs = -1;

        /// <summary>By how much it has grown since the last look.</summary>
        public long GrowthNs()
        {
            var before = _waitedNs;
            _waitedNs = ReadNs();
            return before < 0 ? 0 : _waitedNs - before;
        }

        public void Dispose() => _schedstat.Dispose();

        // "time on the core, time ready and waiting for it, times": ns, ns, count. Nothing when the thread has ended.
        private long ReadNs()
        {
            Span<byte> text = stackalloc byte[128];
            try
            {
                return long.Parse(Encoding.ASCII.GetString(text[..RandomAccess.Read(_schedstat, text, 0)]).Split(' ')[1], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                return Math.Max(_waitedNs, 0);
            }
        }
    }

    public StallWatch()
    {
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

    /// <summary>From here on an engine's packet threads are watched as well.</summary>
    public void Watch(int process) =>
        _threads = [.. _threads, .. Directory.GetDirectories($"/proc/{process}/task").Where(IsPacketThread).Select(task => new Waiting(task))];

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        foreach (var thread in _threads) thread.Dispose();
    }

    private static bool IsPacketThread(string task) =>
        File.ReadAllText($"{task}/comm").Split('+', '\n')[0] is "ingest" or "stamp" or "send" or "feedback" or "replay";

    private void Run()
    {
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
        foreach (var thread in _threads) longestNs = Math.Max(longestNs, thread.GrowthNs());
        return longestNs / 1e6;
    }
}
