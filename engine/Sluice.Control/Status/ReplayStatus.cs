namespace Sluice.Control.Status;

/// <summary>What is read from the store for outputs and viewers, all together. Counters only grow.</summary>
public sealed record ReplaysStatus
{
    /// <summary>Streams that are read now, and how many there can be.</summary>
    public int Open { get; init; }
    public int Limit { get; init; }

    public long Packets { get; init; }

    /// <summary>Packets that were read when they should have left already: the disk or this thread was too slow.</summary>
    public long ReadLate { get; init; }

    /// <summary>Looks that found no memory to read into.</summary>
    public long NoRoom { get; init; }

    /// <summary>How long before they are due packets have been read, of the stream that has the least; null when nothing is read.</summary>
    public double? SlackMs { get; init; }

    /// <summary>Bytes of the store that loops keep from making room, and how many they may.</summary>
    public long LoopBytes { get; init; }
    public long LoopLimitBytes { get; init; }
}

/// <summary>What is read from the store for one client, alone or with others.</summary>
public sealed record ReplayStatus
{
    /// <summary>How long before they are due packets have been read, at the last look and at the worst; null before the second look.</summary>
    public double? SlackMs { get; init; }
    public double? SlackMsLeast { get; init; }

    /// <summary>Packets that were read when they should have left already.</summary>
    public long ReadLate { get; init; }
}
