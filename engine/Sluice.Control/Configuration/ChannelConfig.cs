using Sluice.Control.Offsets;

namespace Sluice.Control.Configuration;

/// <summary>How a client's constant delay is chosen.</summary>
public enum DelayMode
{
    /// <summary>Low-discrepancy: evenly spread whatever the number of clients (default).</summary>
    Spread,

    /// <summary>Seeded pseudo-random.</summary>
    Random,

    /// <summary>The same for every client.</summary>
    Fixed,

    /// <summary>None: all clients leave together.</summary>
    Off,
}

/// <summary>What delivery times follow.</summary>
public enum PaceMode
{
    /// <summary>The instant at which a packet came in (default).</summary>
    Arrival,

    /// <summary>The RTP timestamps.</summary>
    Rtp,

    /// <summary>The program clock reference of the MPEG-TS.</summary>
    Pcr,
}

/// <summary>One logical program: its sources, its delays, its outputs.</summary>
public sealed record ChannelConfig
{
    public const int NameLengthMax = 64, SourcesMax = 8, TracksMax = Sluice.Store.StoreLimits.TracksMax;

    /// <summary>Letters, digits, dot, underscore, hyphen; 1 to 64. Matched without regard to case.</summary>
    public required string Name { get; init; }

    /// <summary>One to eight; several are redundant legs of the same stream.</summary>
    public required IReadOnlyList<SourceUrl> Sources { get; init; }

    /// <summary>
    /// How many RTP streams it may have at most, each with its own clock, 1 to 8: memory is taken for so many. Default 2 (picture and
    /// sound) when a source brings a session (rtsp://, publish), else 1.
    /// </summary>
    public int Tracks { get; init; } = 1;

    /// <summary>Why an output cannot have a track, for people.</summary>
    public static string NoTrack(int track, int tracks) =>
        $"there is no track {track}: the channel has {(tracks == 1 ? "one track, 0" : $"up to {tracks} tracks, 0 to {tracks - 1}")}";

    /// <summary>What to write instead.</summary>
    public const string TrackForm = "0 to one less than the channel's \"tracks\" (2 by default where a source is rtsp:// or \"publish\", else 1)";

    /// <summary>What a dynamic RTP payload type carries; null (default) = MPEG-TS, payload type 33 (RFC 3551).</summary>
    public MediaConfig? Media { get; init; }

    public DelayConfig Delay { get; init; } = new();

    /// <summary>Longest train in time; 0 = every packet on its own; null (default, "auto") = chosen by the profile.</summary>
    public long? QuantumNs { get; init; }

    /// <summary>Default <see cref="PaceMode.Arrival"/>.</summary>
    public PaceMode Pace { get; init; } = PaceMode.Arrival;

    /// <summary>With pace rtp or pcr: how long a packet may wait for its media-clock time, at most. Default 200 ms; up to 5 s.</summary>
    public long BufferNs { get; init; } = 200_000_000;

    /// <summary>How long a gap is held open for a packet that was overtaken; 0 = gaps are passed on at once. Default 50 ms; up to 2 s.</summary>
    public long ReorderNs { get; init; } = 50_000_000;

    /// <summary>Where viewers begin.</summary>
    public StartConfig Start { get; init; } = new();

    /// <summary>How the channel's packets are kept; null = not. Default: as <see cref="StoreConfig.Keep"/> when there is a store.</summary>
    public KeepConfig? Store { get; init; }

    /// <summary>How its multicast outputs are announced, if the engine announces.</summary>
    public ChannelSapConfig Sap { get; init; } = new();

    /// <summary>What becomes of its slow viewers over HTTP; null (default) = as <see cref="StreamConfig.Slow"/>.</summary>
    public SlowReader? Slow { get; init; }

    /// <summary>Default off.</summary>
    public RetransmitConfig Retransmit { get; init; } = new();

    /// <summary>Static outputs; more can be added while running.</summary>
    public IReadOnlyList<OutputConfig> Outputs { get; init; } = [];

    /// <summary>Whose word counts for the outputs' offsets. Default the configuration's.</summary>
    public OffsetAuthority Offsets { get; init; }

    /// <summary>The users that may watch; null (default) = anybody, empty = nobody.</summary>
    public IReadOnlyList<string>? Read { get; init; }

    /// <summary>The users that may send into the channel by RTSP; null (default) = anybody, empty = nobody.</summary>
    public IReadOnlyList<string>? Publish { get; init; }
}

/// <summary>The delay settings of a channel.</summary>
public sealed record DelayConfig
{
    /// <summary>Default <see cref="DelayMode.Spread"/>.</summary>
    public DelayMode Mode { get; init; } = DelayMode.Spread;

    /// <summary>Spread and random: delays lie in [0, range). Default 500 ms.</summary>
    public long RangeNs { get; init; } = 500_000_000;

    /// <summary>Spread and random: the same seed gives the same delays. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Fixed: the delay of every client.</summary>
    public long ValueNs { get; init; }
}

/// <summary>What a dynamic payload type means: the SDP lines that DESCRIBE answers with (RFC 8866 §6.6, §6.15).</summary>
public sealed record MediaConfig
{
    /// <summary>The m= line's word: video, audio or application. Default video.</summary>
    public string Kind { get; init; } = "video";

    /// <summary>0 to 127. Default 96. Other payload types are dropped and counted.</summary>
    public int PayloadType { get; init; } = 96;

    /// <summary>Encoding name of the rtpmap, as <c>H264</c>.</summary>
    public required string Encoding { get; init; }

    /// <summary>Ticks per second of the RTP timestamps.</summary>
    public required int ClockRate { get; init; }

    /// <summary>Audio channels behind a second slash; null = not said.</summary>
    public int? AudioChannels { get; init; }

    /// <summary>Everything behind the payload type of the a=fmtp line; null = no such line.</summary>
    public string? Fmtp { get; init; }

    public string RtpMap => AudioChannels is { } n ? $"{Encoding}/{ClockRate}/{n}" : $"{Encoding}/{ClockRate}";
}

/// <summary>One static destination.</summary>
public sealed record OutputConfig
{
    /// <summary>RFC 1112 §6.1: a group stays in its network unless somebody says otherwise.</summary>
    public const int MulticastTtlDefault = 1, UnicastTtlDefault = 64;

    public required OutputUrl To { get; init; }

    /// <summary>1 to 255. Default 1 for a group, 64 for a host.</summary>
    public int Ttl { get; init; }

    /// <summary>Device to send on; null (default) = the routing table's choice.</summary>
    public string? Interface { get; init; }

    /// <summary>Local address that packets carry: what receivers of a source-specific group join; null (default) = the kernel's choice.</summary>
    public System.Net.IPAddress? Source { get; init; }

    /// <summary>Differentiated services code point (RFC 2474), 0 to 63. Default 0.</summary>
    public int Dscp { get; init; }

    /// <summary>Which of the channel's tracks it carries: 0 (default) is the first one, as in RTSP URLs; below <see cref="ChannelConfig.Tracks"/>.</summary>
    public int Track { get; init; }

    /// <summary>Null (default) = the transport stream leaves as it came.</summary>
    public ShapingConfig? Shaping { get; init; }

    /// <summary>This client's own delay; null (default) = chosen by the channel's settings.</summary>
    public long? DelayNs { get; init; }

    /// <summary>
    /// How long after now the channel goes to this destination: from the store. Default 0 = live; else <see cref="OffsetMinNs"/> up to the channel's window.
    /// </summary>
    public long OffsetNs { get; init; }

    /// <summary>What of the channel's store goes there again and again, in place of the channel; null (default) = nothing is repeated.</summary>
    public LoopConfig? Loop { get; init; }

    /// <summary>What is nearer to now is on its way to the disk or is read ahead; a client's delay serves there.</summary>
    public const long OffsetMinNs = 1_000_000_000;

    /// <summary>A month: what a window may be.</summary>
    public const long OffsetMaxNs = 31L * 86_400 * 1_000_000_000;

    /// <summary>Ends when its receiver reports, having come once, are missing for so long, or on its BYE; null (default) = it never ends.</summary>
    public long? TimeoutNs { get; init; }

    /// <summary>Default <see cref="StartMode.Live"/>: an output begins once, and nobody waits for its picture. Never instant for a group.</summary>
    public StartMode Start { get; init; } = StartMode.Live;
}
