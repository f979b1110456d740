using Sluice.Sim;

namespace Sluice.Tests.Sim;

public class ChanceTests
{
    [Fact]
    public void SameSeedSameNumbers()
    {
        var (one, two, other) = (new Chance(7), new Chance(7), new Chance(8));
        var drawn = Enumerable.Range(0, 100).Select(_ => one.Next()).ToArray();
        Assert.Equal(drawn, Enumerable.Range(0, 100).Select(_ => two.Next()));
        Assert.NotEqual(drawn, Enumerable.Range(0, 100).Select(_ => other.Next()));
    }

    /// <summary>The profiles do what they say: loss share and burst length of Gilbert-Elliott.</summary>
    [Fact]
    public void BurstLossHasItsRateAndItsMean()
    {
        foreach (var profile in new[] { LinkProfile.N2, LinkProfile.N3, LinkProfile.N4 })
        {
            var link = new Link(profile, new Chance(3));
            var lost = Enumerable.Range(0, 400_000).Select(i => link.Carry(i * 10_000_000L).Copies == 0).ToArray();
            var losses = lost.Count(isLost => isLost);
            var bursts = lost.Zip(lost.Prepend(false), (now, before) => now && !before).Count(begins => begins);
            Assert.InRange(losses / 400_000.0 / profile.LossRate, 0.9, 1.1);
            Assert.InRange((double)losses / bursts / profile.BurstMean, 0.9, 1.1);
        }
    }

    [Fact]
    public void EventsComeByTimeThenByOrder()
    {
        var (heap, chance) = (new EventHeap(), new Chance(1));
        for (var i = 0; i < 5_000; i++)
            heap.Add(chance.Below(100), EventKind.Emit, i);
        var taken = Enumerable.Range(0, 5_000).Select(_ => heap.Take()).ToArray();
        Assert.Equal(taken.OrderBy(e => e.AtNs).ThenBy(e => e.Sequence), taken);
        Assert.Equal(long.MaxValue, heap.NextNs);
    }
}
