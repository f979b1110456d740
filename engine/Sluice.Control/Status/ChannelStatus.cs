namespace Sluice.Control.Status;

/// <summary>One channel at one instant.</summary>
public sealed record ChannelStatus
{
    public required string Name { get; init; }

    /// <summary>Not configured: a group that viewers asked for by URL, here until they have gone.</summary>
    public bool IsRelay { get; init; }

    /// <summary>Packets come from at least one source.</summary>
    public bool Online { get; init; }

    /// <summary>What the stream is, e.g. "MPEG-TS, 1 program, H.264 + AAC"; empty while unknown.</summary>
    public string Media { get; init; } = "";

    /// <summary>Into the channel, over the last second.</summary>
    public long BitsPerSecond { get; init; }

    /// <inheritdoc cref="BitsPerSecond"/>
    public long PacketsPerSecond { get; init; }

    /// <summary>To all clients together, over the last second.</summary>
    public long OutBitsPerSecond { get; init; }

    /// <inheritdoc cref="OutBitsPerSecond"/>
    public long OutPacketsPerSecond { get; init; }

    public int ClientCount { get; init; }

    /// <summary>"spread over 500 ms" and the like: the delay settings in words.</summary>
    public string Delay { get; init; } = "";

    /// <summary>Random access points seen; only grows. None where the codec is not known or clients start live.</summary>
    public long AccessPoints { get; init; }

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<SourceStatus> Sources { get; init; } = [];

    /// <summary>The feeds that are cut or padded for some outputs; null when there are none.</summary>
    public IReadOnlyList<ShapedStatus>? Shaped { get; init; }

    /// <summary>All clients together, those that left included. All counters only grow.</summary>
    public DeliveryCounters Sent { get; init; } = new();

    /// <summary>Packets sent again to the clients that are there; null when the channel sends none again.</summary>
    public RetransmitStatus? Again { get; init; }

    /// <summary>How the clients receive it, by their own reports.</summary>
    public ReportPicture Reports { get; init; } = new();
}

/// <summary>One way of shaping a channel's MPEG-TS. All counters only grow and count transport packets, unless they say otherwise.</summary>
public sealed record ShapedStatus
{
    /// <summary>In words, e.g. "7 TS packets a datagram, 8Mbit/s constant".</summary>
    public required string Shaping { get; init; }

    public int ClientCount { get; init; }

    public long NullsRemoved { get; init; }

    public long NullsAdded { get; init; }

    /// <summary>Dropped, because the stream is faster than the constant rate.</summary>
    public long OverRate { get; init; }

    /// <summary>Dropped, because no clock reference (PCR) came; a few at every beginning.</summary>
    public long NoClock { get; init; }

    /// <summary>Times that the stream's clock began anew.</summary>
    public long ClockBreaks { get; init; }

    /// <summary>Datagrams dropped: not MPEG-TS, or too many waiting.</summary>
    public long Dropped { get; init; }
}

/// <summary>What became of departures. All counters only grow.</summary>
public sealed record DeliveryCounters
{
    public long Packets { get; init; }

    public long Bytes { get; init; }

    /// <summary>Left more than 10 ms late, yet left.</summary>
    public long Late { get; init; }

    /// <summary>Did not leave: the client's ring was full, it was too late, or the kernel refused.</summary>
    public long Dropped { get; init; }
}

/// <summary>One source of a channel. All counters only grow; each names one kind of trouble.</summary>
public sealed record SourceStatus
{
    public required string Url { get; init; }

    /// <summary>Packets came within the last second.</summary>
    public bool Online { get; init; }

    /// <summary>In a word: online, silent, or never, when not one packet has come.</summary>
    public SourceState State { get; init; }

    /// <summary>Since its last packet; null before the first.</summary>
    public double? AgeSeconds { get; init; }

    /// <summary>Its group was joined again because it was silent.</summary>
    public long Rejoins { get; init; }

    /// <summary>Its group was joined again because its network device came back.</summary>
    public long LinkRejoins { get; init; }

    /// <summary>Who sends, as address:port; null before the first packet.</summary>
    public string? Sender { get; init; }

    /// <summary>The synchronization source that is being followed; null for udp:// and before the first packet.</summary>
    public uint? Ssrc { get; init; }

    public long Packets { get; init; }

    public long Bytes { get; init; }

    /// <summary>Gaps in the sequence numbers that nothing filled.</summary>
    public long Lost { get; init; }

    /// <summary>Came again; dropped.</summary>
    public long Duplicates { get; init; }

    /// <summary>Came behind a later one and were put in their place.</summary>
    public long Reordered { get; init; }

    /// <summary>Came after their gap had been given up; dropped.</summary>
    public long Late { get; init; }

    /// <summary>Not RTP, or not whole TS packets; dropped.</summary>
    public long Malformed { get; init; }

    /// <summary>Another payload type than the channel's; dropped.</summary>
    public long WrongPayloadType { get; init; }

    /// <summary>From somebody else than the bound sender or SSRC; dropped.</summary>
    public long ForeignSender { get; init; }

    /// <summary>The channel's own output that came back; dropped.</summary>
    public long Looped { get; init; }

    /// <summary>Longer than a packet slot; dropped.</summary>
    public long Oversize { get; init; }

    /// <summary>Dropped by the kernel because our receive buffer was full (SO_RXQ_OVFL).</summary>
    public long KernelDrops { get; init; }

    /// <summary>Of a sender or SSRC that had not proven itself by two packets in a row (RFC 3550 §A.1); dropped.</summary>
    public long Probation { get; init; }

    /// <summary>So far from the last number that only the next one can tell a restart from a stray packet; dropped.</summary>
    public long Jumps { get; init; }

    /// <summary>Times that the sender began anew (restart, SSRC change).</summary>
    public long Restarts { get; init; }

    /// <summary>What its sender was asked for again; null when it is not asked.</summary>
    public SourceNackStatus? Nack { get; init; }

    /// <summary>Its session; null for a source of plain datagrams.</summary>
    public SessionStatus? Session { get; init; }

    /// <summary>Interarrival jitter of its first track (RFC 3550 §6.4.1); null for a source that nobody reports to.</summary>
    public double? JitterMs { get; init; }
}

public enum SourceState
{
    [System.Text.Json.Serialization.JsonStringEnumMemberName("never")]
    Never,

    [System.Text.Json.Serialization.JsonStringEnumMemberName("online")]
    Online,

    [System.Text.Json.Serialization.JsonStringEnumMemberName("silent")]
    Silent,
}
