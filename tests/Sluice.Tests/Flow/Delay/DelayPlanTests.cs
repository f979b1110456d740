using Sluice.Flow;

namespace Sluice.Tests.Flow.Delay;

public class DelayPlanTests
{
    private const long RangeNs = 500_000_000;
    private const int Clients = 1_000;

    public static TheoryData<DelayMode, ulong> Modes
    {
        get
        {
            var cases = new TheoryData<DelayMode, ulong>();
            foreach (var mode in Enum.GetValues<DelayMode>())
                foreach (var seed in (ulong[])[0, 1, 2, 77, ulong.MaxValue])
                    cases.Add(mode, seed);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Modes))]
    public void IsRepeatableAndInRange(DelayMode mode, ulong seed)
    {
        foreach (var rangeNs in (long[])[0, 1, RangeNs, 2_000_000_000])
        {
            var (plan, again) = (new DelayPlan(mode, rangeNs, seed), new DelayPlan(mode, rangeNs, seed));
            for (var index = 0; index < Clients; index++)
            {
                var delayNs = plan.DelayNs(index);
                Assert.Equal(delayNs, again.DelayNs(index));
                Assert.InRange(delayNs, 0, mode == DelayMode.Fixed ? rangeNs : Math.Max(rangeNs - 1, 0));
            }
        }
    }

    [Fact]
    public void FixedIsTheRangeAndOffIsNothing()
    {
        Assert.All(Enumerable.Range(0, 9), index => Assert.Equal(120, new DelayPlan(DelayMode.Fixed, 120, 5).DelayNs(index)));
        Assert.All(Enumerable.Range(0, 9), index => Assert.Equal(0, new DelayPlan(DelayMode.Off, 120, 5).DelayNs(index)));
    }

    [Theory, InlineData(DelayMode.Spread), InlineData(DelayMode.Random)]
    public void AnotherSeedIsAnotherOrder(DelayMode mode) =>
        Assert.NotEqual(Delays(mode, 1), Delays(mode, 2));

    // architecture.md, "The clock and the delay": 1,000 clients, 30 fps frame bursts, 1 ms windows: random 1.39, golden ratio 1.06.
    [Theory, InlineData(1ul), InlineData(2ul), InlineData(3ul), InlineData(4ul)]
    public void SpreadIsFlatterThanRandomByFar(ulong seed)
    {
        var spread = PeakToMean(Delays(DelayMode.Spread, seed));
        var random = PeakToMean(Delays(DelayMode.Random, seed));
        Assert.True(spread <= 1.15, $"spread {spread:f2}");
        Assert.InRange(random, 1.25, 1.8);
        Assert.True(PeakToMean(Delays(DelayMode.Off, seed)) > 30, "without delays everything leaves in one millisecond of 33");
    }

    // Three-gap theorem (Steinhaus; Sós 1958): multiples of one number cut a circle into at most three lengths.
    [Theory, InlineData(10), InlineData(1_000), InlineData(777)]
    public void SpreadLeavesNoWideGapWhateverTheNumberOfClients(int clients)
    {
        var delays = Delays(DelayMode.Spread, 9).Take(clients).Order().ToArray();
        var gaps = delays.Zip(delays.Skip(1), (left, right) => right - left).Append(delays[0] + RangeNs - delays[^1]);
        Assert.InRange(gaps.Max(), 0, 2.7 * RangeNs / clients);
    }

    // What shows in the output of trains on a grid is the delay modulo the grid, whatever whole number of quanta is before it.
    [Theory, InlineData(10), InlineData(1_000), InlineData(777)]
    public void SpreadIsEvenWithinTheQuantum(int clients)
    {
        const long quantumNs = 1 << 24;
        var delays = Enumerable.Range(0, clients).Select(new DelayPlan(DelayMode.Spread, RangeNs, 9, quantumNs).DelayNs).ToArray();
        var phases = delays.Select(delayNs => delayNs % quantumNs).Order().ToArray();
        var gaps = phases.Zip(phases.Skip(1), (left, right) => right - left).Append(phases[0] + quantumNs - phases[^1]);
        Assert.InRange(gaps.Max(), 0, 2.7 * quantumNs / clients);
        // And the quanta themselves are used alike.
        var uses = delays.GroupBy(delayNs => delayNs / quantumNs).Select(group => group.Count()).ToArray();
        Assert.InRange(uses.Length, Math.Min(clients / 2, 29), 29);
        Assert.InRange(uses.Max(), 1, 1 + 2 * clients / 29);
    }

    [Fact]
    public void ARangeShorterThanTheQuantumIsSpreadByItself() =>
        Assert.Equal(
            Enumerable.Range(0, 9).Select(new DelayPlan(DelayMode.Spread, 1_000_000, 3).DelayNs),
            Enumerable.Range(0, 9).Select(new DelayPlan(DelayMode.Spread, 1_000_000, 3, 1 << 24).DelayNs));

    [Fact]
    public void IndicesComeBackSmallestFirst()
    {
        var indices = new DelayIndices();
        Assert.Equal([0, 1, 2, 3, 4], Enumerable.Range(0, 5).Select(_ => indices.Take()));
        foreach (var index in (int[])[3, 0, 4])
            indices.Return(index);
        Assert.Equal([0, 3, 4, 5, 6], Enumerable.Range(0, 5).Select(_ => indices.Take()));
    }

    private static long[] Delays(DelayMode mode, ulong seed) =>
        [.. Enumerable.Range(0, Clients).Select(new DelayPlan(mode, RangeNs, seed).DelayNs)];

    // Frames leave at multiples of 1/30 s for each client, shifted by its delay; counted over the second where all are served.
    private static double PeakToMean(long[] delays)
    {
        var windows = new int[1_000];
        foreach (var delayNs in delays)
            for (var frame = 0; frame < 60; frame++)
            {
                var window = (frame * 1_000_000_000L / 30 + delayNs) / 1_000_000 - 600;
                if (window is >= 0 and < 1_000)
                    windows[window]++;
            }
        return windows.Max() / windows.Average();
    }
}
