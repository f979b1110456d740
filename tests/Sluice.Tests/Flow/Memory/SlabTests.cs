using Sluice.Flow;

namespace Sluice.Tests.Flow.Memory;

public class SlabTests
{
    [Fact]
    public void SlotsLieSideBySideAndDoNotOverlap()
    {
        using var slab = new Slab(5, 128);
        for (var slot = 0; slot < slab.Slots; slot++)
        {
            Assert.Equal(slab.Address(0) + slot * 128, slab.Address(slot));
            slab.Bytes(slot).Fill((byte)(slot + 1));
        }
        for (var slot = 0; slot < slab.Slots; slot++)
            Assert.Equal(-1, slab.Bytes(slot).IndexOfAnyExcept((byte)(slot + 1)));
    }

    [Fact]
    public void TheGenerationCountsTheUsesOfOneSlot()
    {
        using var slab = new Slab(3, 64);
        slab.Renew(1);
        slab.Renew(1);
        Assert.Equal((0, 2, 0), (slab.Generation(0), slab.Generation(1), slab.Generation(2)));
    }

    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void EverySlotIsFreeOrTakenNeverBoth(int seed)
    {
        var random = new Random(seed);
        var (toFree, returned) = SpscRing.Create<int>(32);
        var free = new FreeSlots(20, returned);
        var taken = new HashSet<int>();
        for (var step = 0; step < 20_000; step++)
        {
            if (random.Next(2) == 0)
            {
                Assert.Equal(taken.Count < 20, free.TryTake(out var slot));
                if (slot >= 0)
                    Assert.True(taken.Add(slot), $"slot {slot} was handed out twice");
            }
            else if (taken.Count > 0)
            {
                var slot = taken.ElementAt(random.Next(taken.Count));
                taken.Remove(slot);
                if (random.Next(2) == 0)
                    free.Return(slot);
                else
                    Assert.True(toFree.TryWrite(in slot));
            }
        }
        free.Collect();
        Assert.Equal(20, free.Count + taken.Count);
    }
}
