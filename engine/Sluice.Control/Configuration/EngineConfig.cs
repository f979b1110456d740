namespace Sluice.Control.Configuration;

/// <summary>How the engine's loops are laid over threads.</summary>
public enum ThreadLayout
{
    /// <summary>On one core shared; else ingest and stamp together, and every send loop on a thread of its own (default).</summary>
    Auto,

    /// <summary>Each loop its own pinned thread.</summary>
    Dedicated,

    /// <summary>All loops take turns on one thread.</summary>
    Shared,
}

/// <summary>What a waiting loop does: exactness against processor time and power.</summary>
public enum IdleProfile
{
    /// <summary>Spins on its core: departures are exact, one core is busy.</summary>
    Precise,

    /// <summary>Sleeps to an absolute time with 1 ns timer slack (default).</summary>
    Balanced,

    /// <summary>Wakes once per millisecond.</summary>
    Eco,
}

/// <summary>The whole configuration, checked: everything in it is meaningful, and every default is filled in.</summary>
public sealed record EngineConfig
{
    /// <summary>Where RTSP listens; null = off. Default 0.0.0.0:8554.</summary>
    public ListenAddress? Rtsp { get; init; } = new(System.Net.IPAddress.Any, 8554);

    /// <summary>Where RTSP over TLS listens; null (default) = nowhere.</summary>
    public TlsListenerConfig? Rtsps { get; init; }

    /// <summary>Where public HTTP (health, SDP files, channels as MPEG-TS) listens; null = off. Default 0.0.0.0:8080.</summary>
    public ListenAddress? Http { get; init; } = new(System.Net.IPAddress.Any, 8080);

    /// <summary>How viewers over HTTP are treated.</summary>
    public StreamConfig Streams { get; init; } = new();

    /// <summary>Groups that are relayed over HTTP; null (default) = none.</summary>
    public RelayConfig? Relay { get; init; }

    /// <summary>Where status, API and metrics listen; null = off. Default 127.0.0.1:9090: whoever reaches it may change outputs.</summary>
    public ListenAddress? Admin { get; init; } = new(System.Net.IPAddress.Loopback, 9090);

    /// <summary>Null (default) = nothing is kept.</summary>
    public StoreConfig? Store { get; init; }

    /// <summary>Null (default) = there are no assets.</summary>
    public AssetsConfig? Assets { get; init; }

    /// <summary>Default <see cref="ThreadLayout.Auto"/>.</summary>
    public ThreadLayout Threads { get; init; } = ThreadLayout.Auto;

    /// <summary>Default <see cref="IdleProfile.Balanced"/>.</summary>
    public IdleProfile Profile { get; init; } = IdleProfile.Balanced;

    public LimitsConfig Limits { get; init; } = new();

    public AuthConfig Auth { get; init; } = new();

    /// <summary>Who can be named in the lists of channels. Names differ.</summary>
    public IReadOnlyList<UserConfig> Users { get; init; } = [];

    /// <summary>Null (default) = no output is announced.</summary>
    public SapConfig? Sap { get; init; }

    /// <summary>Names that are no channels here: players that ask for them are sent elsewhere.</summary>
    public IReadOnlyDictionary<string, RedirectConfig> Redirects { get; init; } = new Dictionary<string, RedirectConfig>();

    /// <summary>In file order; names differ in more than case. At least one.</summary>
    public IReadOnlyList<ChannelConfig> Channels { get; init; } = [];
}

/// <summary>A listener that speaks TLS 1.2 or newer.</summary>
public sealed record TlsListenerConfig
{
    public const int PortDefault = 8322;

    /// <summary>Default 0.0.0.0:8322.</summary>
    public required ListenAddress Listen { get; init; }

    /// <summary>A PEM file: the certificate, and behind it those of the authorities between it and the root. Read again when it changes.</summary>
    public required string Certificate { get; init; }

    /// <summary>A PEM file with the private key, unencrypted; the certificate's file may hold it as well.</summary>
    public required string Key { get; init; }
}

/// <summary>Where a name went.</summary>
/// <param name="To">An rtsp:// or rtsps:// URL.</param>
/// <param name="IsPermanent">301 instead of 302: players may remember it.</param>
public sealed record RedirectConfig(string To, bool IsPermanent = false);

/// <summary>The memory-mapped store.</summary>
public sealed record StoreConfig
{
    /// <summary>A segment must hold some seconds of a fat stream, and the index is per segment.</summary>
    public const long SegmentBytesMin = 1 << 20, SegmentBytesMax = 1 << 30;

    /// <summary>Directory of the segments; made when it is missing.</summary>
    public required string Path { get; init; }

    /// <summary>All segments together, reserved on the disk at start. Default 1 GiB; at least two segments.</summary>
    public long SizeBytes { get; init; } = 1L << 30;

    /// <summary>One segment file. Default 64 MiB.</summary>
    public long SegmentBytes { get; init; } = 64L << 20;

    /// <summary>
    /// How much of it loops may keep from making room, all together: what the window has left behind and a loop still reads takes so much more of the
    /// disk. Default a quarter of <see cref="SizeBytes"/>.
    /// </summary>
    public long LoopBytes { get; init; } = 1L << 28;

    /// <summary>How channels are kept that say nothing else.</summary>
    public KeepConfig Keep { get; init; } = new();
}

/// <summary>What the engine refuses to go beyond. All pools are sized from these at start.</summary>
public sealed record LimitsConfig
{
    /// <summary>Clients of all channels together. Default 4,096; 1 to 65,536.</summary>
    public int Clients { get; init; } = 4096;

    /// <summary>RTSP sessions that are set up at one time; one more gets 453. Default 1,024.</summary>
    public int RtspSessions { get; init; } = 1024;

    /// <summary>Viewers over HTTP at one time; one more gets 503. Default 1,024.</summary>
    public int HttpViewers { get; init; } = 1024;

    /// <summary>RTSP and HTTP connections from one address. Default 32 (a NAT with a family behind it, not an attack).</summary>
    public int ConnectionsPerAddress { get; init; } = 32;

    /// <summary>The longest delay that any client may have; the live window in memory must hold it. Default 2 s; up to 60 s.</summary>
    public long DelayNs { get; init; } = 2_000_000_000;

    /// <summary>
    /// Streams that are read from the store at one time: one an offset of a channel that outputs have, and one a viewer who is elsewhere than
    /// now. Default 256 where something is kept, else 0; up to 16,384. Each takes about a third of a megabyte at 5 Mbit/s while it is open.
    /// </summary>
    public int Replays { get; init; } = ReplaysDefault;

    public const int ReplaysDefault = 256;
}
