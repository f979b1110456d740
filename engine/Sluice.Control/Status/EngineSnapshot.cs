using System.Text.Json.Serialization;

namespace Sluice.Control.Status;

/// <summary>The engine at one instant.</summary>
public sealed record EngineSnapshot
{
    /// <summary>Since the engine started.</summary>
    public double UptimeSeconds { get; init; }

    /// <summary>What the loops run as, e.g. "dedicated: ingest on core 0, send on core 1".</summary>
    public string Threads { get; init; } = "";

    /// <summary>What the kernel and the devices were found to do, e.g. "GSO yes, SO_TXTIME not honoured".</summary>
    public string Capabilities { get; init; } = "";

    public IReadOnlyList<ChannelStatus> Channels { get; init; } = [];

    /// <summary>Reports to and from clients.</summary>
    public RtcpStatus Rtcp { get; init; } = new();

    /// <summary>Times that slow viewers over HTTP were set forward, of all send loops.</summary>
    public long StreamSkips { get; init; }

    /// <summary>How clients that may start at a random access point did.</summary>
    public ClientStarts Starts { get; init; } = new();

    /// <summary>Null without a store.</summary>
    public StoreStatus? Store { get; init; }

    /// <summary>Null where nothing can be replayed.</summary>
    public ReplaysStatus? Replays { get; init; }

    /// <summary>Null when nothing is announced.</summary>
    public SapStatus? Sap { get; init; }

    /// <summary>What an operator should look at now, worst first; empty = all is well.</summary>
    public IReadOnlyList<Alarm> Alarms { get; init; } = [];
}

/// <summary>Starts of viewers since the engine runs. All counters only grow.</summary>
public sealed record ClientStarts
{
    /// <summary>Began at a random access point.</summary>
    public long Instant { get; init; }

    /// <summary>There was none: the codec is not known, or access points lie farther apart than the start window.</summary>
    public long Live { get; init; }

    /// <summary>Of the instant ones: have reached their own place.</summary>
    public long CaughtUp { get; init; }

    /// <summary>How often an instant one went to its own place with a gap, because memory was short.</summary>
    public long LostPlace { get; init; }
}

public enum AlarmSeverity
{
    [JsonStringEnumMemberName("warning")]
    Warning,

    [JsonStringEnumMemberName("critical")]
    Critical,
}

/// <summary>Something that is wrong now and goes away by itself when it is right again.</summary>
/// <param name="Code">Stable short name for machines, as <c>source-silent</c> or <c>store-full</c>.</param>
/// <param name="Channel">Null when it concerns the engine.</param>
/// <param name="Message">One sentence for a person.</param>
/// <param name="Severity">Critical = somebody sees no picture, or nothing is kept.</param>
/// <param name="Since">Wall-clock time, for labels only.</param>
/// <param name="Source">The source that it concerns, as configured; null when it concerns the whole channel.</param>
public sealed record Alarm(string Code, string? Channel, string Message, AlarmSeverity Severity, DateTimeOffset Since, string? Source = null);

/// <summary>The store's write side. All counters only grow.</summary>
public sealed record StoreStatus
{
    public string Path { get; init; } = "";

    public long CapacityBytes { get; init; }

    public long UsedBytes { get; init; }

    public long RecordsWritten { get; init; }

    /// <summary>Packets that were not kept because the thread could not keep up or the disk refused.</summary>
    public long RecordsDropped { get; init; }

    /// <summary>Segments whose write or sync failed; they are left alone from then on.</summary>
    public long SegmentsPoisoned { get; init; }

    /// <summary>Channels that are kept, in the order of the configuration; one whose store could not be opened has an alarm instead.</summary>
    public IReadOnlyList<KeptStatus> Channels { get; init; } = [];
}

/// <summary>What is kept of one channel, or of one track of it where it has several. Counters only grow.</summary>
public sealed record KeptStatus
{
    public required string Channel { get; init; }

    /// <summary>Which of the channel's tracks, from 0.</summary>
    public int Track { get; init; }

    /// <summary>From the oldest packet held to the newest.</summary>
    public double HeldSeconds { get; init; }

    /// <summary>Delivery time of the oldest packet held, wall clock; null when there is none.</summary>
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>As configured; null = as long as there is room.</summary>
    public double? WindowSeconds { get; init; }

    public int Segments { get; init; }

    /// <summary>Of packets that are held.</summary>
    public long HeldBytes { get; init; }

    /// <summary>Of all its files, reserved space included.</summary>
    public long DiskBytes { get; init; }

    /// <summary>What it may take.</summary>
    public long LimitBytes { get; init; }

    /// <summary>As configured: memory, written or durable.</summary>
    public string Level { get; init; } = "";

    /// <summary>To its files, headers included, over the last second.</summary>
    public long WriteBitsPerSecond { get; init; }

    public long RecordsWritten { get; init; }

    public long RecordsDropped { get; init; }

    /// <summary>Records that a power cut may take, because a sync failed.</summary>
    public long RecordsAtRisk { get; init; }

    public long Syncs { get; init; }

    public long SyncsFailed { get; init; }

    /// <summary>How long the last sync took; null before the first.</summary>
    public double? SyncMs { get; init; }

    /// <summary>The longest sync so far.</summary>
    public double SyncMsMax { get; init; }

    /// <summary>All syncs together.</summary>
    public double SyncSecondsTotal { get; init; }

    /// <summary>Part of what is held that was in memory when last looked at, 0 to 1.</summary>
    public double ResidentRatio { get; init; }
}

/// <summary>The announcements (RFC 2974). Counters only grow.</summary>
public sealed record SapStatus
{
    /// <summary>Outputs that are announced now.</summary>
    public int Sessions { get; init; }

    /// <summary>Announcements and deletions.</summary>
    public long SentPackets { get; init; }

    /// <summary>Packets that could not be sent.</summary>
    public long Errors { get; init; }
}
