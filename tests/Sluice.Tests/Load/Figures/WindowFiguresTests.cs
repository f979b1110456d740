using Sluice.Load.Figures;
using Sluice.Load.Reporting;

namespace Sluice.Tests.Load.Figures;

/// <summary>Peak over mean, delay factor and drift of inputs whose answers can be worked out by hand.</summary>
public class WindowFiguresTests
{
    private const long Ms = 1_000_000;

    [Fact]
    public void AFlatStreamHasNoPeak()
    {
        var counts = Count(Enumerable.Range(0, 10_000).Select(i => i * 100_000L));
        Assert.All((int[])[1, 10, 100], width => Assert.Equal(new PeakToMean(1, 1, 1, width), PeakToMean.Of(counts, width)));
    }

    [Fact]
    public void BurstsOfFortyEveryTenMillisecondsPeakAtTheirDutyCycle()
    {
        // 40 packets in the first 0.1 ms of every 10 ms, for 1 s: mean 0.4 in 0.1 ms, 4 in 1 ms, 40 in 10 ms.
        var counts = Count(Enumerable.Range(0, 100).SelectMany(burst => Enumerable.Repeat(burst * 10 * Ms, 40)).Append(1000 * Ms));
        var peaks = Peaks.Of(counts);
        Assert.Equal(100, peaks.W100us.Max, tolerance: 0.5);
        Assert.Equal(0, peaks.W100us.P50);
        Assert.Equal(10, peaks.W1ms.P99, tolerance: 0.05);
        Assert.Equal(1, peaks.W10ms.Max, tolerance: 0.01);
    }

    [Fact]
    public void OneFullWindowInAThousandMovesTheMaximumOnly()
    {
        var counts = Count(Enumerable.Range(0, 1000).Select(i => i * Ms).Concat(Enumerable.Repeat(500 * Ms, 99)));
        var peak = PeakToMean.Of(counts, 10);
        Assert.Equal(1 / 1.1, peak.P99, tolerance: 0.01);
        Assert.Equal(100 / 1.1, peak.Max, tolerance: 1);
    }

    [Fact]
    public void MergedCountsAreSums()
    {
        var (left, right) = (Count([0, Ms, 5 * Ms]), Count([0, 2 * Ms]));
        left.Merge(right);
        Assert.Equal([2, 1, 1, 0, 0], left.Widen(10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(20)]
    public void TheDelayFactorOfAConstantRateIsTheTimeOfOneBurst(int burst)
    {
        // RFC 4445 §3.1: bursts of n packets every n intervals make the buffer bridge n packet times.
        const long IntervalNs = 2 * Ms;
        var nominal = new DelayFactor(mediaBytesPerSecond: 1316 * 1e9 / IntervalNs);
        for (var i = 0; i < 2500; i++) nominal.Receive(i / burst * burst * IntervalNs, 1316);
        Assert.Equal(burst * IntervalNs, nominal.MaxNs, tolerance: 0.01 * IntervalNs);
        Assert.Equal(4, nominal.Intervals);
    }

    [Fact]
    public void TheDelayFactorFindsTheRateItself()
    {
        var measured = new DelayFactor();
        for (var i = 0; i < 2500; i++) measured.Receive(i * 2 * Ms, 1316);
        Assert.Equal(2 * Ms, measured.MeanNs, tolerance: 0.01 * Ms);
    }

    [Fact]
    public void AStallOfHalfASecondIsInTheDelayFactor()
    {
        var stalled = new DelayFactor(1316 * 1e9 / (2 * Ms));
        for (var i = 0; i < 1000; i++) stalled.Receive(i * 2 * Ms + (i is >= 100 and < 350 ? (350 - i) * 2 * Ms : 0), 1316);
        Assert.InRange(stalled.MaxNs, 499 * Ms, 503 * Ms);
    }

    [Fact]
    public void DriftIsTheSlopeOfTheDelay()
    {
        Drift drift = default, none = default;
        for (var second = 0; second < 7200; second++)
        {
            drift.Add(second * 1_000_000_000L, 5 * Ms + second * 40 + (second % 2 == 0 ? 1000 : -1000));
            none.Add(second * 1_000_000_000L, 5 * Ms);
        }
        Assert.Equal(40, drift.NsPerSecond, tolerance: 0.01);
        Assert.Equal(0, none.NsPerSecond, tolerance: 1e-9);
    }

    private static WindowCounts Count(IEnumerable<long> instants)
    {
        var counts = new WindowCounts { OriginNs = 0 };
        foreach (var at in instants) counts.Add(counts.WindowOf(at));
        return counts;
    }
}
