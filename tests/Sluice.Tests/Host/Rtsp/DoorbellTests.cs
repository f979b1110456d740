using Sluice.Host.Rtsp;

namespace Sluice.Tests.Host.Rtsp;

public class DoorbellTests
{
    private readonly Doorbell _bell = new();

    [Fact]
    public async Task RungOftenItIsHeardOnce()
    {
        _bell.Ring();
        _bell.Ring();
        Assert.True(await _bell.WaitAsync());
        var next = _bell.WaitAsync();
        Assert.False(next.IsCompleted);
        _bell.Ring();
        Assert.True(await next);
    }

    [Fact]
    public async Task ClosedItEndsEveryWait()
    {
        var waiting = _bell.WaitAsync();
        _bell.Close();
        Assert.False(await waiting);
        _bell.Ring();
        Assert.False(await _bell.WaitAsync());
    }

    [Fact]
    public async Task NoRingIsLostBetweenThreads()
    {
        const int Rings = 200_000;
        var (said, heard) = (0, 0);
        var ringer = Task.Run(() =>
        {
            for (var i = 1; i <= Rings; i++)
            {
                Volatile.Write(ref said, i);
                _bell.Ring();
            }
        });
        while (heard < Rings)
        {
            Assert.True(await _bell.WaitAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
            heard = Volatile.Read(ref said);
        }
        await ringer;
    }
}
