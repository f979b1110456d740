using Sluice.Control.Access;
using Sluice.Control.Configuration;
using Sluice.Control.Offsets;
using Sluice.Control.Status;
using Sluice.Host.Rtsp;
using Sluice.Host.Running;
using Sluice.Host.Streams;

namespace Sluice.Tests.Host;

/// <summary>An engine that makes up moving numbers: every snapshot is one second later than the one before.</summary>
internal sealed class FakeEngine : IEngine
{
    public const int NewsClients = 300;
    public const string HostileName = "odd<img src=x onerror=console.error('markup')>";

    private readonly DateTimeOffset _start = new(2025, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private int _seconds;

    public List<(string Channel, OutputConfig Output)> Added { get; } = [];

    public List<ulong> Removed { get; } = [];

    public bool IsStarted { get; private set; }

    public bool IsDisposed { get; private set; }

    public FakeRtsp FakeRtsp { get; init; } = new();

    public IRtspEngine Rtsp => FakeRtsp;

    public IAccess Access { get; init; } = OpenAccess.Instance;

    public AccessCounters AccessCounters { get; } = new();

    public FakeStreams FakeStreams { get; } = new();

    public IStreamEngine Streams => FakeStreams;

    public Sluice.Host.Assets.EngineAssets? Assets { get; init; }

    public Action OnStart { get; init; } = () => { };

    public Action OnSnapshot { get; init; } = () => { };

    public Task LeaveAsync() => Task.CompletedTask;

    public void Start()
    {
        OnStart();
        IsStarted = true;
    }

    public EngineSnapshot Snapshot()
    {
        OnSnapshot();
        var s = Interlocked.Increment(ref _seconds);
        return new()
        {
            UptimeSeconds = 7200 + s,
            Threads = "dedicated: ingest on core 0, send on core 1",
            Capabilities = "GSO yes",
            Store = new() { Path = "/var/lib/sluice", CapacityBytes = 20L << 30, UsedBytes = 4L << 30, RecordsWritten = 470 * s },
            Channels = [News(s), Sports(s)],
            Alarms = [new("source-silent", "sports", $"No packets from rtp://239.1.1.7:5004 for {s} s <b>now</b>.", AlarmSeverity.Critical, _start)],
        };
    }

    public IReadOnlyList<ClientStatus>? Clients(string channel) => channel.ToLowerInvariant() switch
    {
        "news" => [.. Enumerable.Range(0, NewsClients).Select(Client)],
        "sports" => [],
        _ => null,
    };

    public BurstPicture? Burst(string? channel)
    {
        if (channel is not (null or "news" or "sports"))
            return null;
        var random = new Random(_seconds);
        var (spread, unspread) = (new int[1000], new int[1000]);
        for (var ms = 0; ms < 1000 && channel != "sports"; ms++)
        {
            // 475 packets a second, evenly spaced: each goes to all clients at once when nothing spreads them.
            var arrived = (ms + 1) * 475 / 1000 - ms * 475 / 1000;
            unspread[ms] = arrived * NewsClients;
            spread[ms] = (int)(0.475 * NewsClients + random.Next(-9, 10));
        }
        return BurstPicture.From(spread, unspread);
    }

    public string? SessionDescription(string channel, string? output) => channel != "news" ? null
        : output is null ? "v=0\r\ns=news\r\n" : output == "239.9.9.9:5004" ? "v=0\r\nc=IN IP4 239.9.9.9/8\r\n" : null;

    public AddOutputResult AddOutput(string channel, OutputConfig output)
    {
        if (!channel.Equals("news", StringComparison.OrdinalIgnoreCase))
            return AddOutputResult.Refused(AddOutputRefusal.UnknownChannel, "no such channel");
        if (output.To.Port == 1)
            return AddOutputResult.Refused(AddOutputRefusal.Busy, "4096 clients are the limit");
        if (output.To.Port == 2)
            return AddOutputResult.Refused(AddOutputRefusal.Duplicate, "client 7 is there");
        if (output.To.Port == 3)
            return AddOutputResult.Refused(AddOutputRefusal.Unusable, "no interface eth9");
        Added.Add((channel, output));
        return AddOutputResult.Added(ulong.MaxValue - 1);
    }

    private static readonly OutputConfig[] s_outputs = [new() { To = new(MediaScheme.Rtp, "239.1.1.1", 5004), OffsetNs = 5_000_000_000 }];

    /// <summary>What was said of the offsets of "news", which has an output at 5 s.</summary>
    public IReadOnlyList<ProviderOffset> SaidOffsets { get; private set; } = [];

    public IReadOnlyList<OutputOffset>? Offsets(string channel) => !channel.Equals("news", StringComparison.OrdinalIgnoreCase) ? null
        : OffsetChoice.Choose(s_outputs, SaidOffsets, OffsetAuthority.Provider, 0, out _);

    public string? SetOffsets(string channel, IReadOnlyList<ProviderOffset> offsets)
    {
        SaidOffsets = offsets;
        OffsetChoice.Choose(s_outputs, offsets, OffsetAuthority.Provider, 0, out var wrong);
        return wrong;
    }

    public bool RemoveClient(ulong id)
    {
        lock (Removed)
            Removed.Add(id);
        return id == 42;
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private ClientStatus Client(int i) => new()
    {
        Id = ulong.MaxValue - (ulong)i,
        Channel = "news",
        Kind = (ClientKind)(i % 6),
        Address = $"10.1.{i / 250}.{1 + i % 250}:{6000 + i}",
        DelayMs = i * 0.6180339887 % 1 * 500,
        Ssrc = (uint)i * 2654435761,
        Sent = new() { Packets = 475L * _seconds, Bytes = 475L * 1328 * _seconds, Late = i % 7 == 0 ? 2 : 0 },
        ReportedLost = i % 6 == 3 ? 0 : null,
        ReportedJitterMs = i % 6 == 3 ? 0.42 : null,
        RoundTripMs = i % 6 == 3 ? 12.3 : null,
        ConnectedSince = _start,
    };

    private static ChannelStatus News(int s) => new()
    {
        Name = "news",
        Online = true,
        Media = "MPEG-TS, H.264 + AAC",
        BitsPerSecond = 5_040_000 + s % 7 * 1000,
        PacketsPerSecond = 475,
        OutBitsPerSecond = NewsClients * 5_040_000L,
        OutPacketsPerSecond = NewsClients * 475,
        ClientCount = NewsClients,
        Delay = "spread over 500ms, seed 1",
        Reports = new() { ClientCount = 50, JitterMs = new() { P50 = 0.4, P90 = 1.5, P99 = 2.5, Max = 3 } },
        Sent = new() { Packets = NewsClients * 475L * s, Bytes = NewsClients * 475L * 1328 * s, Late = 12 },
        Sources =
        [
            new() { Url = "rtp://10.0.0.7@232.1.1.1:5004?iface=eth0", Online = true, Sender = "10.0.0.7:5004", Ssrc = 0xCAFE, Packets = 475L * s, Bytes = 475L * 1328 * s },
            new() { Url = "rtp://10.0.0.8@232.1.1.1:5004?iface=eth1", Online = true, Sender = "10.0.0.8:5004", Packets = 474L * s, Lost = s, Reordered = 3 },
        ],
    };

    private static ChannelStatus Sports(int s) => new()
    {
        Name = "sports",
        Media = HostileName,
        Delay = "random within 250ms, seed 7",
        Sources =
        [
            new() { Url = "rtp://239.1.1.7:5004", State = SourceState.Silent, AgeSeconds = 3_600, Packets = 9_120_334, KernelDrops = 17 },
            new() { Url = "rtp://239.1.1.8:5004" },
            new()
            {
                Url = "rtsp://camera.example/door",
                Session = new() { State = SessionState.Waiting, LastError = "the server refuses the user or the password", NextTrySeconds = 42.4 },
            },
        ],
        Shaped = [new() { Shaping = "7 TS packets a datagram, 8Mbit/s constant", ClientCount = 2, NullsAdded = 4_100, OverRate = 3 }],
    };
}
