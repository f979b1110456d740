using FsCheck;
using FsCheck.Fluent;
using Sluice.Control.Status;

namespace Sluice.Tests.Control.Status;

public sealed class BurstPictureTests
{
    [Fact]
    public void FindsThePeakOfAnyTenMillisecondsOnEnd()
    {
        var counts = new int[100];
        (counts[8], counts[9], counts[10], counts[17]) = (5, 20, 7, 3); // astride two aligned windows

        var trace = BurstTrace.From(counts);

        Assert.Equal((20, 35, 0.35), (trace.Peak1Ms, trace.Peak10Ms, trace.MeanPerMs));
        Assert.Equal(20 / 0.35, trace.PeakToMean1Ms, 9);
        Assert.Equal(35 / 3.5, trace.PeakToMean10Ms, 9);
    }

    [Fact]
    public void IsOneForAFlatLineAndZeroForNothing()
    {
        Assert.Equal(1, BurstTrace.From(Enumerable.Repeat(4, 50).ToArray()).PeakToMean1Ms);
        Assert.Equal(1, BurstTrace.From(Enumerable.Repeat(4, 50).ToArray()).PeakToMean10Ms);
        Assert.Equal(0, BurstTrace.From(new int[50]).PeakToMean10Ms);
        Assert.Equal(0, BurstTrace.From([]).PeakToMean1Ms);
    }

    [Fact]
    public void AgreesWithCountingEachWindow() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        var counts = bytes.Select(b => (int)b).ToArray();
        var peak = Enumerable.Range(0, counts.Length).Select(i => counts.Skip(i).Take(10).Sum()).DefaultIfEmpty(0).Max();
        return BurstTrace.From(counts).Peak10Ms == peak;
    }).QuickCheckThrowOnFailure();
}
