using Sluice.Linux;

namespace Sluice.Tests.Linux.Time;

public class SystemClockTests
{
    [Fact]
    public void MonotonicNeverGoesBack()
    {
        var last = SystemClock.Now;
        for (var i = 0; i < 100_000; i++)
        {
            var now = SystemClock.Now;
            Assert.True(now >= last);
            last = now;
        }
    }

    [Fact]
    public void WallIsTheTimeOfDay()
    {
        var before = DateTimeOffset.UtcNow.AddMilliseconds(-1);
        var wall = SystemClock.WallNow.ToDateTimeOffset();
        Assert.InRange(wall, before, DateTimeOffset.UtcNow.AddMilliseconds(1));
    }

    [Fact]
    public void TheOffsetTurnsOneClockIntoTheOther()
    {
        var early = SystemClock.WallNow.UnixNs;
        var through = SystemClock.Now.Ns + SystemClock.WallMinusMonotonicNs();
        Assert.InRange(through, early - 1_000_000, SystemClock.WallNow.UnixNs + 1_000_000);
    }

    [Fact]
    public void InstantsCompareAndSubtract()
    {
        var (a, b) = (new MonotonicTime(5), new MonotonicTime(8));
        Assert.True(a < b && b > a && a <= b && b >= a && a.CompareTo(b) < 0);
        Assert.Equal(3, b - a);
        Assert.Equal(b, a + 3);
        Assert.Equal(a, b - 3);
        Assert.True(MonotonicTime.MinValue < a && a < MonotonicTime.MaxValue);
    }
}
