using FsCheck;
using FsCheck.Fluent;
using Sluice.Load.Figures;

namespace Sluice.Tests.Load.Figures;

public class HistogramTests
{
    private static readonly double[] Quantiles = [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1];

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public void ReadsEveryQuantileBackWithinItsError(int precisionBits) => Check(Values, values =>
    {
        var sorted = values.Order().ToArray();
        var histogram = Filled(values, precisionBits);
        return Quantiles.All(quantile =>
        {
            var exact = sorted[Math.Clamp((int)Math.Ceiling(quantile * sorted.Length) - 1, 0, sorted.Length - 1)];
            return Math.Abs(histogram.ValueAt(quantile) - exact) <= exact * histogram.RelativeError;
        }) && histogram.Max == sorted[^1] && histogram.Min == sorted[0] && histogram.Count == sorted.Length;
    });

    [Fact]
    public void MergedIsAsIfRecordedTogether() => Check(Gen.Two(Values), parts =>
    {
        var merged = Filled(parts.Item1);
        merged.Merge(Filled(parts.Item2));
        var together = Filled([.. parts.Item1, .. parts.Item2]);
        return Quantiles.All(quantile => merged.ValueAt(quantile) == together.ValueAt(quantile))
            && (merged.Min, merged.Max, merged.Count) == (together.Min, together.Max, together.Count);
    });

    [Fact]
    public void AnEmptyOneReadsZero()
    {
        var empty = new Histogram();
        empty.Merge(new Histogram());
        Assert.Equal((0, 0, 0, 0), (empty.Count, empty.Min, empty.Max, empty.ValueAt(0.99)));
    }

    [Fact]
    public void DifferentPrecisionsDoNotMerge() => Assert.Throws<ArgumentException>(() => new Histogram(5).Merge(new Histogram(7)));

    [Fact]
    public void CountsANegativeValueAsZero()
    {
        var histogram = Filled([-5]);
        Assert.Equal((1, 0, 0), (histogram.Count, histogram.Min, histogram.ValueAt(1)));
    }

    // Small, middling and large ones alike, as the buckets are logarithmic.
    private static Gen<long[]> Values => Gen.NonEmptyListOf(
        from bits in Gen.Choose(0, 50) from value in Gen.Choose(0, int.MaxValue) select ((long)value << 20 | (uint)value) & ((1L << bits) - 1))
        .Select(list => list.ToArray());

    private static Histogram Filled(long[] values, int precisionBits = 7)
    {
        var histogram = new Histogram(precisionBits);
        foreach (var value in values) histogram.Record(value);
        return histogram;
    }

    private static void Check<T>(Gen<T> gen, Func<T, bool> holds) => Prop.ForAll(gen.ToArbitrary(), holds).QuickCheckThrowOnFailure();
}
