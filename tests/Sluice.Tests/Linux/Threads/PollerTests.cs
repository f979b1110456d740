using Sluice.Linux;
using Sluice.Tests.Linux.Sockets;
using Sluice.Tests.Kit;

namespace Sluice.Tests.Linux.Threads;

public class PollerTests
{
    private const long MillisecondNs = 1_000_000, LongNs = 30_000 * MillisecondNs;

    [Fact]
    public void NamesTheReadyOnesByTheirTags()
    {
        using var poller = new Poller();
        using var quiet = Loopback.Receiver();
        using var busy = Loopback.Receiver();
        Assert.True(poller.TryAdd(quiet.Handle, 0));
        Assert.True(poller.TryAdd(busy.Handle, int.MaxValue));
        Span<int> tags = stackalloc int[4];
        Assert.Equal(0, poller.Wait(0, tags));
        busy.SendTo(Loopback.To(busy), "x"u8);
        Assert.Equal(1, poller.Wait(LongNs, tags));
        Assert.Equal(int.MaxValue, tags[0]);
        quiet.SendTo(Loopback.To(quiet), "x"u8);
        Assert.Equal(2, poller.Wait(LongNs, tags));
        Assert.Equal(1, poller.Wait(LongNs, tags[..1]));   // the other keeps for the next wait
        poller.Remove(busy.Handle);
        Assert.Equal(1, poller.Wait(LongNs, tags));
        Assert.Equal(0, tags[0]);
    }

    [Fact]
    public void AWakeFromAnotherThreadEndsTheWait()
    {
        using var poller = new Poller();
        var started = SystemClock.Now;
        using var waiting = new ManualResetEventSlim();
        var waker = new Thread(() =>
        {
            waiting.Wait();
            poller.Wake();
        });
        waker.Start();
        waiting.Set();
        Assert.Equal(0, poller.Wait(LongNs, stackalloc int[1]));
        waker.Join();
        Assert.True(SystemClock.Now - started < LongNs, "the wait ran to its end");
    }

    [Fact]
    public void AWakeIsNeitherLostNorCountedTwice()
    {
        using var poller = new Poller();
        poller.Wake();
        poller.Wake();
        var started = SystemClock.Now;
        Assert.Equal(0, poller.Wait(LongNs, []));
        Assert.True(SystemClock.Now - started < LongNs, "the early wake was lost");
        started = SystemClock.Now;
        Assert.Equal(0, poller.Wait(5 * MillisecondNs, []));
        Assert.True(SystemClock.Now - started >= 5 * MillisecondNs, "an old wake ended a new wait");
    }

    [Fact]
    public void TimeoutsAreFinerThanAMillisecond()
    {
        using var poller = new Poller();
        if (!KernelProbe.Run().EpollPwait2) return;
        var shortest = long.MaxValue;
        for (var i = 0; i < 50; i++)
        {
            var started = SystemClock.Now;
            poller.Wait(100_000, []);
            shortest = Math.Min(shortest, SystemClock.Now - started);
        }
        Assert.InRange(shortest, 100_000, MillisecondNs - 1);
    }

    [Fact]
    public void RefusesADescriptorThatIsNone()
    {
        using var poller = new Poller();
        Assert.False(poller.TryAdd(-1, 0));
    }

    [Fact]
    public void WaitingAllocatesNothing()
    {
        using var poller = new Poller();
        Assert.Equal(0, Allocations.Of(() =>
        {
            Span<int> tags = stackalloc int[1];
            poller.Wake();
            poller.Wait(1000, tags);
        }));
    }
}
