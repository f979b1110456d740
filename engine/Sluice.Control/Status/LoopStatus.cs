namespace Sluice.Control.Status;

/// <summary>How far an output is that repeats what is kept, or a channel that plays a stored object.</summary>
public sealed record LoopStatus
{
    /// <summary>As it was asked for, in words.</summary>
    public required string Repeats { get; init; }

    /// <summary>The turn that is being read, a quarter of a second before it is sent; the first is 1.</summary>
    public long Turn { get; init; }

    /// <summary>How far into the turn.</summary>
    public double PlaceSeconds { get; init; }

    /// <summary>How long the last turn was; null during the first.</summary>
    public double? TurnSeconds { get; init; }
}
