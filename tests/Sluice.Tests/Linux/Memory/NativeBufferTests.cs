using Sluice.Linux;

namespace Sluice.Tests.Linux.Memory;

public class NativeBufferTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(100_000, true)]
    public void IsZeroedAndPageAligned(int bytes, bool prefault)
    {
        using var buffer = new NativeBuffer(bytes, prefault);
        Assert.Equal(0, buffer.Address % Environment.SystemPageSize);
        Assert.False(buffer.Slice(0, bytes).ContainsAnyExcept((byte)0));
        buffer.Slice(bytes - 1, 1)[0] = 7;
        Assert.Equal(7, NativeSpan.Of(buffer.Address, bytes)[bytes - 1]);
        Assert.Equal(7, NativeSpan.ReadOnly(buffer.Address, bytes)[bytes - 1]);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 101)]
    [InlineData(100, 1)]
    [InlineData(101, 0)]
    [InlineData(0, -1)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public void RefusesSlicesOutside(long offset, int length)
    {
        using var buffer = new NativeBuffer(100, prefault: false);
        Assert.Throws<ArgumentOutOfRangeException>(() => { buffer.Slice(offset, length); });
    }

    [Fact]
    public void IsNoMemoryAfterDispose()
    {
        var buffer = new NativeBuffer(100, prefault: false);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { buffer.Slice(0, 1); });
    }

    [Fact]
    public void SaysSoWhenThereIsNoMemory() =>
        Assert.Throws<InsufficientMemoryException>(() => new NativeBuffer(1L << 60, prefault: false));

    [Fact]
    public void LocksItsPagesWhenAllowed()
    {
        using var buffer = new NativeBuffer(4096, prefault: true, lockPages: true);
        Assert.True(buffer.IsLocked);   // one page is within every default limit
    }
}
