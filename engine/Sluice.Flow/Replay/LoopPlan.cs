using Sluice.Wire.RandomAccess;

namespace Sluice.Flow;

/// <summary>What a loop repeats, and how often.</summary>
public sealed record LoopPlan
{
    /// <summary>Turns; 0 = for ever.</summary>
    public required long Turns { get; init; }

    /// <summary>What the payloads are: decides where they may be cut and what is restamped.</summary>
    public required AccessCodec Codec { get; init; }

    /// <summary>RTP clock of what is repeated, Hz.</summary>
    public required int ClockRate { get; init; }

    /// <summary>A turn begins at the first access point at or after this media time, ns; what the source has before it is looked through for tables.</summary>
    public long BeginNs { get; init; } = long.MinValue;

    /// <summary>It ends before the first access point at or after this media time, ns; by default where the source ends.</summary>
    public long EndNs { get; init; } = long.MaxValue;
}

/// <summary>How far a loop is. Written by the replay thread, read by anyone.</summary>
public sealed class LoopProgress
{
    private long _turn, _placeNs, _periodNs;
    private string? _fault;

    /// <summary>The turn being read, some 250 ms before it is sent; the first is 1, 0 before it.</summary>
    public long Turn { get => Volatile.Read(ref _turn); internal set => Volatile.Write(ref _turn, value); }

    /// <summary>How far into the turn, ns.</summary>
    public long PlaceNs { get => Volatile.Read(ref _placeNs); internal set => Volatile.Write(ref _placeNs, value); }

    /// <summary>How long the last whole turn was, ns; 0 before the first ended.</summary>
    public long PeriodNs { get => Volatile.Read(ref _periodNs); internal set => Volatile.Write(ref _periodNs, value); }

    /// <summary>Why it ended before its last turn, as a sentence; null while all is well.</summary>
    public string? Fault { get => Volatile.Read(ref _fault); internal set => Volatile.Write(ref _fault, value); }
}
