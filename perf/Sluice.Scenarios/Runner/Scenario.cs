namespace Sluice.Scenarios.Runner;

/// <summary>One measurement: a name, a sentence, and a run that fills a <see cref="Findings"/>.</summary>
internal abstract class Scenario
{
    public abstract string Name { get; }
    public abstract string Summary { get; }

    public abstract void Run(RunOptions options, Findings findings);
}

/// <summary>How a run was asked for.</summary>
internal sealed record RunOptions
{
    public bool Full { get; init; }
    public string OutFolder { get; init; } = "perf/results";

    /// <summary>The published server, for the scenarios that measure it as a process.</summary>
    public string SluicePath { get; init; } = "out/sluice";
    public required string Command { get; init; }
    public required Native Native { get; init; }

    /// <summary>Where the engine sits.</summary>
    public int EngineCore { get; init; }

    /// <summary>Where source and receivers sit.</summary>
    public int OtherCore { get; init; }

    /// <summary>A server may use both cores, as it would without a scenario.</summary>
    public bool ServerIsFree { get; init; }

    /// <summary>Rounds that count; one more is run first and thrown away.</summary>
    public int Rounds => Full ? 5 : 3;

    public double Seconds(double quick, double full) => Full ? full : quick;
}

/// <summary>What a scenario has found so far.</summary>
internal sealed class Findings
{
    public List<Row> Rows { get; } = [];
    public List<Series> Series { get; } = [];

    public void Add(Row row)
    {
        Rows.Add(row);
        Table.Print(row);
    }

    /// <summary>A row from the rounds' values.</summary>
    public void Add(string name, string unit, IReadOnlyList<double> values, Goal goal, long? loss = null, string notes = "") =>
        Add(new Row(name, unit, Median.Of(values), values.Min(), values.Max(), values.Count, loss, goal.Target, goal.Stretch, goal.Better, notes));
}

/// <summary>What a row is held against.</summary>
internal readonly record struct Goal(string Better, double? Target = null, double? Stretch = null)
{
    public static Goal Lower => new("lower");
    public static Goal Higher => new("higher");
    public static Goal AtMost(double target, double? stretch = null) => new("lower", target, stretch);
    public static Goal AtLeast(double target, double? stretch = null) => new("higher", target, stretch);

    public static bool IsMissed(Row row) =>
        row.Target is { } target && (row.Better == "lower" ? row.Value > target : row.Value < target);
}
