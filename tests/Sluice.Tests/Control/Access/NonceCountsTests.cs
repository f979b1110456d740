using Sluice.Control.Access;
using Sluice.Linux;

namespace Sluice.Tests.Control.Access;

public class NonceCountsTests
{
    private static readonly Nonce s_nonce = new(1_000, 7);
    private static readonly MonotonicTime s_now = new(2_000);

    private readonly NonceCounts _counts = new();

    [Fact]
    public void TakesEveryCountOnceInAnyOrderWithinItsWindow()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var nonce = new Nonce(10_000 + seed, 0);
            var random = new Random(seed);
            var order = Enumerable.Range(1, 64).Select(i => (uint)i).ToArray();
            random.Shuffle(order);
            foreach (var count in order)
            {
                Assert.True(_counts.TryUse(nonce, count, s_now), $"seed {seed}: {count} first");
                Assert.False(_counts.TryUse(nonce, count, s_now), $"seed {seed}: {count} again");
            }
        }
    }

    [Fact]
    public void WhatIsTooFarBehindIsTakenForUsed()
    {
        Assert.True(_counts.TryUse(s_nonce, 1000, s_now));
        Assert.False(_counts.TryUse(s_nonce, 936, s_now));
        Assert.True(_counts.TryUse(s_nonce, 937, s_now));
        Assert.True(_counts.TryUse(s_nonce, uint.MaxValue, s_now));
        Assert.False(_counts.TryUse(s_nonce, 1001, s_now));
    }

    [Fact]
    public void ANonceLivesAMinute()
    {
        Assert.True(_counts.IsFresh(s_nonce, s_now));
        Assert.True(_counts.IsFresh(s_nonce, new MonotonicTime(s_nonce.IssuedNs + NonceCounts.LifeNs - 1)));
        Assert.False(_counts.IsFresh(s_nonce, new MonotonicTime(s_nonce.IssuedNs + NonceCounts.LifeNs)));
    }

    [Fact]
    public void MemoryIsBoundedAndWhatIsForgottenIsStaleNotFree()
    {
        var counts = new NonceCounts(noncesMax: 100);
        for (var i = 0; i < 1000; i++)
            Assert.True(counts.TryUse(new Nonce(10_000 + i, 0), 1, new MonotonicTime(20_000)));
        Assert.Equal(100, counts.Count);
        Assert.False(counts.IsFresh(new Nonce(10_000 + 899, 0), new MonotonicTime(20_000)));
        Assert.False(counts.TryUse(new Nonce(10_000 + 899, 0), 2, new MonotonicTime(20_000)));
        Assert.True(counts.IsFresh(new Nonce(10_000 + 900, 0), new MonotonicTime(20_000)));
        Assert.False(counts.TryUse(new Nonce(10_000 + 900, 0), 1, new MonotonicTime(20_000)));
    }

    [Fact]
    public void AMinuteLaterNothingIsHeld()
    {
        for (var i = 0; i < 50; i++)
            _counts.TryUse(new Nonce(10_000 + i, 0), 1, s_now);
        var later = new MonotonicTime(20_000 + NonceCounts.LifeNs);
        Assert.True(_counts.TryUse(new Nonce(later.Ns, 0), 1, later));
        Assert.Equal(1, _counts.Count);
    }
}
