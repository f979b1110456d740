using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Comparing;

/// <summary>
/// How far two figures must lie apart to mean anything: the largest of what the rounds of both say together, what the
/// figure has wandered from run to run before, and a floor for the machine itself.
/// </summary>
internal static class Noise
{
    /// <summary>Two runs of a scenario, alternating with its bare loop, agree to about this share.</summary>
    public const double ScenarioFloor = 0.05;

    /// <summary>Code that moved to another address alone changes a call by so much.</summary>
    public const double MicroFloor = 0.10;

    /// <summary>Below this a call cannot be told from the loop around it.</summary>
    public const double MicroFloorNs = 0.5;

    private const int StepsMin = 3;

    /// <param name="kind">Which floor holds.</param>
    /// <param name="now">The newer figure.</param>
    /// <param name="before">The older one.</param>
    /// <param name="history">The figure in all earlier runs on such a machine, oldest first, <paramref name="before"/> the last.</param>
    public static double Of(GroupKind kind, Measurement now, Measurement before, IReadOnlyList<double> history)
    {
        var floor = Math.Abs(before.Value) * (kind == GroupKind.Micro ? MicroFloor : ScenarioFloor);
        if (kind == GroupKind.Micro && before.Unit == "ns")
            floor = Math.Max(floor, MicroFloorNs);
        return Math.Max(Math.Max(now.HalfRange + before.HalfRange, floor), UsualStep(history));
    }

    // Twice the median, so that one real step in the past does not hide the next.
    private static double UsualStep(IReadOnlyList<double> history)
    {
        var steps = history.Skip(1).Zip(history, (later, earlier) => Math.Abs(later - earlier)).Order().ToArray();
        return steps.Length < StepsMin ? 0 : 2 * steps[steps.Length / 2];
    }
}
