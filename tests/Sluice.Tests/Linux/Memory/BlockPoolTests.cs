using System.Buffers;
using System.Runtime.InteropServices;
using Sluice.Linux;

namespace Sluice.Tests.Linux.Memory;

public class BlockPoolTests
{
    private const int ManyBlocks = 3000;      // of more than two arrays

    [Fact]
    public void BlocksThatAreOutDoNotOverlap()
    {
        using var pool = new BlockPool();
        var blocks = Enumerable.Range(0, ManyBlocks).Select(_ => pool.Rent()).ToList();
        for (var i = 0; i < blocks.Count; i++)
            MemoryMarshal.Cast<byte, int>(blocks[i].Memory.Span).Fill(i);
        for (var i = 0; i < blocks.Count; i++)
            Assert.Equal(-1, MemoryMarshal.Cast<byte, int>(blocks[i].Memory.Span).IndexOfAnyExcept(i));
    }

    [Fact]
    public void ABlockThatCameBackIsUsedAgainAndOnlyOnce()
    {
        using var pool = new BlockPool();
        var all = Enumerable.Range(0, 1024).Select(_ => pool.Rent()).ToList();      // an array's
        all[7].Dispose();
        all[7].Dispose();
        Assert.Same(all[7], pool.Rent());
        Assert.DoesNotContain(pool.Rent(), all);
    }

    [Fact]
    public unsafe void TheKernelAndTheArrayMeanTheSameBytes()
    {
        using var pool = new BlockPool();
        using var block = pool.Rent();
        using var pinned = block.Memory.Pin();
        Assert.True(MemoryMarshal.TryGetArray<byte>(block.Memory, out var segment));
        Assert.Equal(BlockPool.BlockBytes, segment.Count);
        ((byte*)pinned.Pointer)[5] = 77;
        Assert.Equal((77, 77), (block.Memory.Span[5], segment[5]));
    }

    [Fact]
    public void MoreThanABlockIsRefused()
    {
        using var pool = new BlockPool();
        Assert.Equal(BlockPool.BlockBytes, pool.MaxBufferSize);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(BlockPool.BlockBytes + 1));
    }

    [Fact]
    public async Task ManyThreadsMayRentAndReturnAtOnce()
    {
        using var pool = new BlockPool();
        await Task.WhenAll(Enumerable.Range(1, 8).Select(mark => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                using var block = pool.Rent();
                block.Memory.Span[..64].Fill((byte)mark);
                Assert.Equal(-1, block.Memory.Span[..64].IndexOfAnyExcept((byte)mark));
            }
        })));
    }
}
