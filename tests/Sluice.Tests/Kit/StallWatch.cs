using System.Diagnostics;

namespace Sluice.Tests.Kit;

/// <summary>
/// Notes when this machine stood still: a thread that sleeps a millisecond and finds that far more has passed. What was due meanwhile
/// nobody could have sent.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    private static readonly TimeSpan s_stall = TimeSpan.FromMilliseconds(60);
    private readonly Thread _thread;
    private volatile bool _stopping;
    private long _stalledTicks, _longestTicks;

    public StallWatch()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "stall-watch", Priority = ThreadPriority.Highest };
        _thread.Start();
    }

    /// <summary>All stalls together.</summary>
    public TimeSpan Stalled => TimeSpan.FromTicks(Interlocked.Read(ref _stalledTicks));

    /// <summary>The longest that the thread overslept, of any length.</summary>
    public double LongestMs => TimeSpan.FromTicks(Interlocked.Read(ref _longestTicks)).TotalMilliseconds;

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }

    private void Run()
    {
        var clock = Stopwatch.StartNew();
        while (!_stopping)
        {
            clock.Restart();
            Thread.Sleep(1);
            var slept = clock.Elapsed.Ticks - TimeSpan.TicksPerMillisecond;
            if (slept > _longestTicks) Interlocked.Exchange(ref _longestTicks, slept);
            if (clock.Elapsed > s_stall) Interlocked.Add(ref _stalledTicks, clock.Elapsed.Ticks);
        }
    }
}
