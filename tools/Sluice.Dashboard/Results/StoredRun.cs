namespace Sluice.Dashboard.Results;

/// <summary>Where a run took place. Figures are compared between runs of equal CPU and core count only.</summary>
internal sealed record Machine(string Cpu, int Cores, string Kernel)
{
    public static Machine Unknown { get; } = new("unknown", 0, "unknown");

    public bool IsLike(Machine other) => Cpu == other.Cpu && Cores == other.Cores;
}

/// <summary>One folder of results: everything that was measured in one go.</summary>
internal sealed record StoredRun
{
    /// <summary>The folder's name, a UTC date and time that sorts: <c>2026-11-21T05-11-33Z</c>.</summary>
    public required string Name { get; init; }
    public required DateTimeOffset Date { get; init; }

    /// <summary><c>quick</c> or <c>full</c>.</summary>
    public string Mode { get; init; } = "";
    public string Commit { get; init; } = "";
    public string Flags { get; init; } = "";
    public Machine Machine { get; init; } = Machine.Unknown;
    public IReadOnlyList<ResultGroup> Groups { get; init; } = [];

    public bool IsFull => Mode == "full";
    public string DateText => Date.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    public ResultGroup? Group(GroupKind kind, string name) => Groups.FirstOrDefault(group => group.Kind == kind && group.Name == name);

    public Measurement? Find(GroupKind kind, string group, string name) =>
        Group(kind, group)?.Measurements.FirstOrDefault(measurement => measurement.Name == name);
}

/// <summary>All stored runs, oldest first, and what could not be read.</summary>
internal sealed record ResultStore(IReadOnlyList<StoredRun> Runs, IReadOnlyList<string> Problems);
