namespace Sluice.Dashboard.Results;

internal enum GroupKind
{
    /// <summary>A class of benchmarks: "how long is this call".</summary>
    Micro,

    /// <summary>A scenario: "what does the whole do".</summary>
    Scenario,
}

/// <summary>What was measured together in one run: one scenario, or one class of benchmarks.</summary>
internal sealed record ResultGroup(GroupKind Kind, string Name, IReadOnlyList<Measurement> Measurements)
{
    /// <summary>What to type to measure it again; empty when unknown.</summary>
    public string Command { get; init; } = "";
    public IReadOnlyList<Series> Series { get; init; } = [];
}

/// <summary>Points of a picture: packets per ms over time, latency over share, or any other line.</summary>
internal sealed record Series(string Name, string Unit, IReadOnlyList<(double X, double Y)> Points);
