using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Comparing;

/// <summary>How a figure stands to its target.</summary>
internal enum Goal
{
    /// <summary>It has no target.</summary>
    None,
    Missed,
    Met,
    StretchMet,

    /// <summary>Packets were lost while it was measured, so it says nothing.</summary>
    NotCounted,
}

internal static class Goals
{
    public static Goal GoalOf(this Measurement one)
    {
        if (one.Target is not { } target)
            return Goal.None;
        if (!one.Counts)
            return Goal.NotCounted;
        if (!Reaches(one, target))
            return Goal.Missed;
        return one.Stretch is { } stretch && Reaches(one, stretch) ? Goal.StretchMet : Goal.Met;
    }

    private static bool Reaches(Measurement one, double bound) => one.Better == Better.Lower ? one.Value <= bound : one.Value >= bound;
}
