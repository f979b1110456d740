namespace Sluice.Store;

/// <summary>How one process keeps its channels. Sizes are bytes, times ns.</summary>
public sealed record StoreOptions
{
    /// <summary>Directory of the store; each channel has a directory of its name below it.</summary>
    public required string Path { get; init; }

    /// <summary>Which of the channel's tracks is kept: each has a log of its own, those behind the first in a directory of the first one's.</summary>
    public int Track { get; init; }

    /// <summary>Size of a segment file, a multiple of 4,096 from <see cref="StoreLimits.SegmentBytesMin"/> up.</summary>
    public long SegmentBytes { get; init; } = StoreLimits.SegmentBytesDefault;

    /// <summary>
    /// What one channel may take on disk, at least two segments: all of it is reserved after opening, a segment a pass. 0: as much as there is,
    /// taken as it is needed.
    /// </summary>
    public long ChannelBytesMax { get; init; }

    /// <summary>How long a record is kept after its delivery time, by the wall clock and to the segment; 0: as long as there is room.</summary>
    public long WindowNs { get; init; }

    /// <summary>How far a record is brought at once: see <see cref="ChannelStore.Pass"/>.</summary>
    public AckLevel Level { get; init; } = AckLevel.Written;

    /// <summary>
    /// Longest time that a written record waits for <c>fdatasync</c>, and so what a power cut may cost. 0: synced only every
    /// <see cref="StoreLimits.UnsyncedBytesMax"/>; what is written then survives the end of the process, but not of the machine.
    /// </summary>
    public long SyncEveryNs { get; init; } = StoreLimits.SyncEveryNsDefault;

    /// <summary>Bytes staged before a write is forced.</summary>
    public int StageBytes { get; init; } = StoreLimits.StageBytesDefault;

    /// <summary>A random number of this process (a seed in simulation): makes epochs that no sender of payloads can guess.</summary>
    public ulong EpochSalt { get; init; }

    /// <summary>Nothing is let go to make room: a full disk ends the writing instead (assets).</summary>
    public bool KeepsAll { get; init; }

    /// <summary>It is whole and only read: no space is taken for more.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Where the files are; a model or a faulty one in tests.</summary>
    internal IStoreDisk Disk { get; init; } = LinuxDisk.Instance;

    /// <summary>Whether anything is promised about power cuts.</summary>
    internal bool IsSynced => SyncEveryNs > 0 || Level == AckLevel.Durable;

    /// <summary>What is wrong with the numbers, or null.</summary>
    internal string? Fault() => this switch
    {
        { Track: < 0 } => "a track's number is 0 or more",
        { SegmentBytes: < StoreLimits.SegmentBytesMin or > StoreLimits.SegmentBytesMax } or { StageBytes: < StoreLimits.StageBytesMin } =>
            $"a segment is {StoreLimits.SegmentBytesMin} to {StoreLimits.SegmentBytesMax} bytes, the stage at least {StoreLimits.StageBytesMin}",
        _ when SegmentBytes % SegmentHeader.PageBytes != 0 => $"the segment size must be a multiple of {SegmentHeader.PageBytes}",
        _ when ChannelBytesMax != 0 && ChannelBytesMax < 2 * SegmentBytes =>
            $"a channel needs room for two segments ({2 * SegmentBytes} bytes), one being written and one to go on in",
        _ => null,
    };
}
