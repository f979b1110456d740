namespace Sluice.Scenarios.Runner;

/// <summary>One round's figure: what was measured, and what was lost meanwhile.</summary>
internal readonly record struct Sample(double Value, long Loss = 0);

/// <summary>The figures of one contestant over the rounds that count.</summary>
internal sealed record Result(IReadOnlyList<double> Values, long Loss)
{
    /// <summary>Round by round, this over that: rounds were run in turn, so their neighbours had the same machine.</summary>
    public IReadOnlyList<double> Over(Result other) => [.. Values.Zip(other.Values, (mine, theirs) => mine / theirs)];

    public double Median => Runner.Median.Of(Values);
}

/// <summary>Contestants in turn, A B A B …; the first round of each is thrown away. A figure with loss does not count, so
/// such a turn is taken again, a few times at most: a shared machine may have stood still.</summary>
internal static class Alternate
{
    private const int RetriesMax = 2;

    public static Result[] Run(int rounds, params Func<Sample>[] contestants)
    {
        var samples = contestants.Select(_ => new List<Sample>()).ToArray();
        for (var round = 0; round <= rounds; round++)
        {
            for (var i = 0; i < contestants.Length; i++)
            {
                var sample = Turn(contestants[i], round > 0 ? RetriesMax : 0);
                if (round > 0)
                    samples[i].Add(sample);
            }
        }
        return [.. samples.Select(list => new Result([.. list.Select(sample => sample.Value)], list.Sum(sample => sample.Loss)))];
    }

    private static Sample Turn(Func<Sample> contestant, int retries)
    {
        var sample = contestant();
        for (; sample.Loss != 0 && retries > 0; retries--)
            sample = contestant();
        return sample;
    }
}

internal static class Median
{
    public static double Of(IReadOnlyList<double> values) => At(values, 0.5);

    /// <summary>The value at a fraction of the sorted list, between neighbours by their distance.</summary>
    public static double At(IReadOnlyList<double> values, double fraction)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
            return double.NaN;
        var position = fraction * (sorted.Length - 1);
        var below = (int)position;
        return below + 1 < sorted.Length ? sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
