using Sluice.Flow;

namespace Sluice.Tests.Flow.Ingest;

public class ReorderWindowTests
{
    private const long WaitNs = 50;

    [Theory]
    [InlineData("in order passes at once", new[] { 1, 2, 3 }, new[] { 1, 2, 3 }, 0)]
    [InlineData("swapped", new[] { 1, 3, 2, 4 }, new[] { 1, 2, 3, 4 }, 0)]
    [InlineData("duplicate while held", new[] { 1, 3, 3, 2 }, new[] { 1, 2, 3 }, 0)]
    [InlineData("a gap wider than the window is given up at once", new[] { 1, 3, 40, 41 }, new[] { 1, 3, 40, 41 }, 37)]
    [InlineData("exactly the window's width ahead", new[] { 1, 10 }, new[] { 1, 10 }, 8)]
    [InlineData("a gap beyond with nothing held", new[] { 1, 100 }, new[] { 1, 100 }, 98)]
    public void PutsInOrder(string script, int[] arrivals, int[] expected, int lost)
    {
        var window = new ReorderWindow(8, WaitNs);
        var taken = new List<int>();
        var lostAll = 0;
        foreach (var number in arrivals)
        {
            window.Offer(new ArrivedPacket { ExtendedSequence = number });
            while (window.TryTake(0, out var packet, out var missing))
            {
                taken.Add((int)packet.ExtendedSequence);
                lostAll += missing;
            }
        }
        Assert.True(expected.SequenceEqual(taken), $"{script}: {string.Join(' ', taken)}");
        Assert.Equal(lost, lostAll);
    }

    [Fact]
    public void WaitsForAMissingPacketItsTimeAndNoLonger()
    {
        var window = new ReorderWindow(8, WaitNs);
        Assert.Equal(ReorderVerdict.Held, Offer(window, 1, 1_000));
        Assert.True(window.TryTake(1_000, out _, out _));
        Offer(window, 3, 1_010);
        Assert.Equal(1_010 + WaitNs, window.DeadlineNs);
        Assert.False(window.TryTake(1_010 + WaitNs - 1, out _, out _));
        Assert.True(window.TryTake(1_010 + WaitNs, out var packet, out var lost));
        Assert.Equal((3, 1), (packet.ExtendedSequence, lost));
        Assert.Equal(ReorderVerdict.Late, Offer(window, 2, 1_070));
        Assert.Equal(long.MaxValue, window.DeadlineNs);
    }

    [Fact]
    public void APacketThatWasOvertakenTakesItsSuccessorsTime()
    {
        var window = new ReorderWindow(8, WaitNs);
        Offer(window, 1, 0);
        window.TryTake(0, out _, out _);
        Offer(window, 3, 10);
        Offer(window, 2, 30);
        window.TryTake(30, out var second, out _);
        Assert.Equal((2, 10), (second.ExtendedSequence, second.ArrivalNs));
    }

    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void WhateverComesLeavesInOrderOnceAndInTime(int seed)
    {
        var random = new Random(seed);
        var window = new ReorderWindow(16, WaitNs);
        var (next, held, front) = (-1L, new Dictionary<long, long>(), 100L);
        for (long now = 0; now < 20_000; now += random.Next(8))
        {
            front += random.Next(50) == 0 ? random.Next(60) : 1;
            var number = front - (random.Next(3) == 0 ? random.Next(12) : 0);
            if (number < 100)
                continue;
            var verdict = Offer(window, number, now);
            Assert.Equal(next >= 0 && number < next ? ReorderVerdict.Late : held.ContainsKey(number) ? ReorderVerdict.Duplicate : ReorderVerdict.Held, verdict);
            // A packet that was overtaken counts as having come with the next one that overtook it.
            if (verdict == ReorderVerdict.Held)
                held.Add(number, held.Where(other => other.Key > number).OrderBy(other => other.Key).Select(other => other.Value).FirstOrDefault(now));
            next = next < 0 ? number : next;
            while (window.TryTake(now, out var packet, out var lost))
            {
                Assert.Equal(next + lost, packet.ExtendedSequence);
                Assert.Equal(held.Keys.Min(), packet.ExtendedSequence);
                Assert.True(held.Remove(packet.ExtendedSequence));
                next = packet.ExtendedSequence + 1;
            }
            Assert.Equal(held.Count, window.Held);
            Assert.False(held.ContainsKey(next), "a packet whose turn it is was kept back");
            if (held.Count > 0)
                Assert.Equal(held[held.Keys.Min()] + WaitNs, window.DeadlineNs);
            Assert.True(window.DeadlineNs > now, $"nothing due may be left at {now}");
        }
    }

    private static ReorderVerdict Offer(ReorderWindow window, long number, long arrivalNs) =>
        window.Offer(new ArrivedPacket { ExtendedSequence = number, ArrivalNs = arrivalNs });
}
