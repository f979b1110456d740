using System.Text.Json.Serialization;

namespace Sluice.Control.Status;

public enum ClientKind
{
    /// <summary>Raw MPEG-TS to a host.</summary>
    [JsonStringEnumMemberName("udp")]
    Udp,

    /// <summary>RTP to a host.</summary>
    [JsonStringEnumMemberName("rtp")]
    Rtp,

    /// <summary>RTP or raw MPEG-TS to a group.</summary>
    [JsonStringEnumMemberName("multicast")]
    Multicast,

    /// <summary>RTP to a player that asked for it by RTSP.</summary>
    [JsonStringEnumMemberName("rtsp-udp")]
    RtspUdp,

    /// <summary>RTP in <c>$</c> frames on the player's own RTSP connection.</summary>
    [JsonStringEnumMemberName("rtsp-tcp")]
    RtspTcp,

    /// <summary>MPEG-TS to a viewer that asked for it by HTTP.</summary>
    [JsonStringEnumMemberName("http")]
    Http,

    /// <summary>Made by the engine itself to have somebody to serve.</summary>
    [JsonStringEnumMemberName("simulated")]
    Simulated,
}

/// <summary>One client of a channel. Counters only grow.</summary>
public sealed record ClientStatus
{
    /// <summary>Never used again for another client. Text in JSON, because 64 bits do not fit a JavaScript number.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required ulong Id { get; init; }

    public required string Channel { get; init; }

    /// <summary>Which of the channel's tracks it takes, from 0 as in URLs; a session that plays several has a client for each.</summary>
    public int Track { get; init; }

    /// <summary>What that track's packets carry, as <c>H264/90000</c>; null while it is not known.</summary>
    public string? Media { get; init; }

    public required ClientKind Kind { get; init; }

    /// <summary>Where packets go, as address:port.</summary>
    public required string Address { get; init; }

    /// <summary>The constant delay of this client.</summary>
    public double DelayMs { get; init; }

    /// <summary>How far behind now it is by its own wish (PAUSE, a date, an offset), without its delay; null when it plays now.</summary>
    public double? BehindSeconds { get; init; }

    /// <summary>Null for raw MPEG-TS.</summary>
    public uint? Ssrc { get; init; }

    public DeliveryCounters Sent { get; init; } = new();

    /// <summary>Packets lost on the way since the start, as the client's last RTCP report says (duplicates count against it); null when none came.</summary>
    public long? ReportedLost { get; init; }

    /// <summary>Lost per packet sent between its last two reports, 0 to 1; null when none came.</summary>
    public double? ReportedLossRatio { get; init; }

    /// <summary>Interarrival jitter that the client reports; null when it does not.</summary>
    public double? ReportedJitterMs { get; init; }

    /// <summary>From its last two reports (RFC 3550 §6.4.1, LSR and DLSR); null while unknown.</summary>
    public double? RoundTripMs { get; init; }

    /// <summary>Since its last report on our packets; null when none came.</summary>
    public double? LastReportAgeMs { get; init; }

    /// <summary>Times that a viewer over HTTP was too slow and was set forward; null for other kinds.</summary>
    public long? Skips { get; init; }

    /// <summary>Packets sent again for its NACKs; null when it has no right to any.</summary>
    public RetransmitStatus? Again { get; init; }

    /// <summary>For who gets what the store has; null for what is live.</summary>
    public ReplayStatus? Replay { get; init; }

    /// <summary>For an output that repeats what is kept; else null.</summary>
    public LoopStatus? Loop { get; init; }

    /// <summary>Wall-clock time, for labels only.</summary>
    public DateTimeOffset ConnectedSince { get; init; }
}
