namespace Sluice.Dashboard.Results;

/// <summary>Which way a figure should go.</summary>
internal enum Better
{
    Lower,
    Higher,
}

/// <summary>One figure of one run: the median of its rounds, with the smallest and the largest of them.</summary>
internal sealed record Measurement
{
    /// <summary>Unique within its group, and the same in every run: what is compared with what.</summary>
    public required string Name { get; init; }
    public required string Unit { get; init; }
    public required double Value { get; init; }
    public required double Low { get; init; }
    public required double High { get; init; }
    public int Rounds { get; init; }

    /// <summary>Packets lost while it was measured; a figure with loss does not count. Null where nothing can be lost.</summary>
    public double? Loss { get; init; }
    public double? Target { get; init; }
    public double? Stretch { get; init; }
    public Better Better { get; init; }
    public string Notes { get; init; } = "";

    /// <summary>Managed bytes per operation, where they were counted.</summary>
    public double? AllocatedBytes { get; init; }

    public bool Counts => Loss is null or 0;

    /// <summary>Half the distance from the smallest to the largest round.</summary>
    public double HalfRange => (High - Low) / 2;
}
