using Sluice.Linux;

namespace Sluice.Tests.Linux.Threads;

public class ThreadControlTests
{
    [Theory]
    [InlineData("send 0", "send 0")]
    [InlineData("a name of twenty chars", "a name of twent")]
    public void TheKernelKnowsTheName(string given, string kept) => OnItsOwnThread(() =>
    {
        ThreadControl.SetName(given);
        Assert.Equal(kept, File.ReadAllText("/proc/thread-self/comm").TrimEnd('\n'));
    });

    [Fact]
    public void APinnedThreadHasOneCore() => OnItsOwnThread(() =>
    {
        var cores = ThreadControl.AvailableCores();
        Assert.NotEmpty(cores);
        Assert.Equal(cores.Order(), cores);
        Assert.True(ThreadControl.PinToCore(cores[^1]));
        Assert.Equal([cores[^1]], ThreadControl.AvailableCores());
        Assert.False(ThreadControl.PinToCore(1000));
        Assert.False(ThreadControl.PinToCore(-1));
        Assert.False(ThreadControl.PinToCore(5000));
    });

    [Fact]
    public void TimerSlackIsWhatWasSet() => OnItsOwnThread(() =>
    {
        Assert.True(ThreadControl.SetTimerSlackNs(1));
        Assert.Equal(1, ThreadControl.TimerSlackNs);
    });

    [Fact]
    public void EveryThreadOfTheProcessTakesTheNiceValue() =>
        Assert.True(ThreadControl.TrySetNiceOfProcess(0, 3_000_000));      // what they have already: anybody may

    /// <summary>Whoever runs the tests began their session (its leader does: <c>FootprintTests</c>).</summary>
    [Fact]
    public void TheSessionOfSomebodyElseIsLeftAsItIs() => Assert.False(ThreadControl.TrySetNiceOfSession(0));

    [Fact]
    public void SleepsUntilTheInstantAndNotBefore()
    {
        var due = SystemClock.Now + 3_000_000;
        ThreadControl.SleepUntil(due);
        Assert.True(SystemClock.Now >= due);
        ThreadControl.SleepUntil(due);   // past already: returns
        ThreadControl.SleepUntil(MonotonicTime.MinValue);
    }

    [Fact]
    public void CpuTimeGrowsWithWorkAndNotWithSleep() => OnItsOwnThread(() =>
    {
        var before = ThreadControl.CpuTimeNs;
        while (ThreadControl.CpuTimeNs - before < 1_000_000)
        {
        }
        before = ThreadControl.CpuTimeNs;
        ThreadControl.SleepUntil(SystemClock.Now + 50_000_000);
        Assert.InRange(ThreadControl.CpuTimeNs - before, 0, 49_000_000);
    });

    private static void OnItsOwnThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(action));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}
