using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Reading;

/// <summary>
/// The targets that benchmarks answer, which BenchmarkDotNet's files cannot carry: bounds of single figures, and ratios
/// of two benchmarks of one class in one run.
/// </summary>
internal static class MicroGoals
{
    private sealed record Bound(string Group, string Name, double Target, double Stretch, string Row);

    private sealed record Ratio(string Group, string Name, string Over, string Under, double Target, double Stretch, string Row);

    // What is compiled ahead of time is what ships: the same bounds hold for it.
    private static readonly string[] s_variants = ["", MicroReport.NativeSuffix];

    private static readonly Bound[] s_bounds =
    [
        new("Timing.WheelBenchmarks", "ExpireAndSchedule (Clients=10000)", 12, 7, "P11"),
        new("Timing.WheelBenchmarks", "ExpireAndSchedule (Clients=1000000)", 25, 15, "P11"),
    ];

    private static readonly Ratio[] s_ratios =
    [
        new("Rings.HandOverBenchmarks", "rate: SpscRing / Channel", "ThroughChannel", "ThroughSpscRing", 10, 20, "P12"),
        new("Storage.AppendBenchmarks", "rate: Append / memory copy", "CopyToMemory", "Append", 0.5, 0.7, "P15"),
        new("Storage.AppendBenchmarks", "rate: Append / sequential write", "WriteSequentially", "Append", 0.9, 0.97, "P15"),
    ];

    public static IReadOnlyList<ResultGroup> Apply(IEnumerable<ResultGroup> groups) =>
        [.. groups.Select(group => group.Kind == GroupKind.Micro ? Apply(group) : group)];

    private static ResultGroup Apply(ResultGroup group) => group with
    {
        Measurements = [.. group.Measurements.Select(one => WithBound(group.Name, one)), .. RatiosOf(group)],
    };

    private static Measurement WithBound(string group, Measurement one) =>
        s_bounds.FirstOrDefault(bound => bound.Group == group && s_variants.Any(variant => bound.Name + variant == one.Name)) is { } bound
            ? one with { Target = bound.Target, Stretch = bound.Stretch, Notes = bound.Row } : one;

    private static IEnumerable<Measurement> RatiosOf(ResultGroup group)
    {
        foreach (var ratio in s_ratios.Where(ratio => ratio.Group == group.Name))
            foreach (var variant in s_variants)
                if (Find(group, ratio.Over + variant) is { } over && Find(group, ratio.Under + variant) is { Value: > 0, Low: > 0 } under)
                    yield return RatioOf(ratio, variant, over, under);
    }

    private static Measurement RatioOf(Ratio ratio, string variant, Measurement over, Measurement under) => new()
    {
        Name = ratio.Name + variant,
        Unit = "×",
        Value = over.Value / under.Value,
        Low = over.Low / under.High,
        High = over.High / under.Low,
        Rounds = Math.Min(over.Rounds, under.Rounds),
        Target = ratio.Target,
        Stretch = ratio.Stretch,
        Better = Better.Higher,
        Notes = ratio.Row,
    };

    private static Measurement? Find(ResultGroup group, string name) => group.Measurements.FirstOrDefault(one => one.Name == name);
}
