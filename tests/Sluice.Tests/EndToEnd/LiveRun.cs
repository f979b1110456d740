using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// One run of the engine with every client at once: ffmpeg pushes the clip over RTP; VLC, ffmpeg and GStreamer play by RTSP, from
/// unicast and multicast RTP and from raw UDP; one more output is recorded for tshark, and so is the RTSP conversation.
/// </summary>
public sealed class LiveRun : IAsyncLifetime
{
    /// <summary>
    /// Longer than the 20 s that must be seen, so that no allowance is needed: a client may join up to one GOP before its first keyframe,
    /// and VLC has not shown its last second yet.
    /// </summary>
    private const int PlaySeconds = 22;
    private const string Group = "239.77.13.";
    private readonly Dictionary<string, PlayReport> _reports = [];

    /// <summary>20 s of pictures.</summary>
    public const int FramesMin = 20 * TestClip.FramesPerSecond;

    private static readonly string[] s_players = ["ffmpeg", "gstreamer", "vlc"];
    private static readonly string[] s_rtspPlayers = ["ffmpeg rtsp udp", "ffmpeg rtsp tcp", "gstreamer rtsp udp", "gstreamer rtsp tcp", "vlc rtsp udp"];
    private static readonly (string Name, string Scheme, bool Multicast)[] s_kinds =
        [("rtp unicast", "rtp", false), ("rtp multicast", "rtp", true), ("udp unicast", "udp", false), ("udp multicast", "udp", true)];

    public static TheoryData<string> Clients => new([.. s_kinds.SelectMany(k => s_players.Select(p => $"{p} {k.Name}")), .. s_rtspPlayers]);

    internal int RecordedPort { get; } = FreePorts.Pair();
    internal string Recording { get; private set; } = "";
    internal string Conversation { get; private set; } = "";
    internal int ConversationPackets { get; private set; }
    internal int RtspPort { get; private set; }

    internal PlayReport Report(string client) => _reports[client];

    public async Task InitializeAsync()
    {
        var places = s_kinds.SelectMany(k => s_players.Select(p => (Client: $"{p} {k.Name}", k.Scheme, k.Multicast, Port: FreePorts.Pair())))
            .Select((p, i) => (p.Client, p.Scheme, p.Port, Group: p.Multicast ? $"{Group}{i + 1}" : null)).ToArray();
        var outputs = places.Select(p => $"{p.Scheme}://{p.Group ?? "127.0.0.1"}:{p.Port}{(p.Group is null ? "" : "?iface=lo")}");
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = [.. outputs, $"rtp://127.0.0.1:{RecordedPort}"] });
        RtspPort = engine.RtspPort;
        using var recorder = new PcapRecorder(RecordedPort);
        await using var capture = await Capture.StartAsync($"tcp port {engine.RtspPort}");
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", engine.SourcePort);
        await Kit.Eventually.TrueAsync("the source online", TimeSpan.FromSeconds(10), async () => await engine.SourceCounterAsync("packets") > 100);

        var plays = places.Select(p => (p.Client, Play: PlayAsync(p.Client, p.Scheme, p.Group, p.Port)))
            .Concat(s_rtspPlayers.Select(c => (Client: c, Play: PlayRtspAsync(c, engine.RtspUrl)))).ToArray();
        foreach (var (client, play) in plays) _reports[client] = await play;
        recorder.Dispose();
        (Recording, Conversation, ConversationPackets) = (recorder.Path, capture.Path, await capture.StopAsync());
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private static Task<PlayReport> PlayAsync(string client, string scheme, string? group, int port) => (client.Split(' ')[0], scheme) switch
    {
        ("ffmpeg", "rtp") => FfmpegPlayer.RtpAsync(group ?? "127.0.0.1", port, PlaySeconds),
        ("ffmpeg", _) => FfmpegPlayer.UdpAsync(group ?? "127.0.0.1", port, PlaySeconds),
        ("gstreamer", "rtp") => GStreamerPlayer.RtpAsync(group ?? "127.0.0.1", port, PlaySeconds),
        ("gstreamer", _) => GStreamerPlayer.UdpAsync(group ?? "127.0.0.1", port, PlaySeconds),
        (_, "rtp") => VlcPlayer.RtpAsync(group, port, PlaySeconds),
        _ => VlcPlayer.UdpAsync(group, port, PlaySeconds),
    };

    private static Task<PlayReport> PlayRtspAsync(string client, string url) => client switch
    {
        "ffmpeg rtsp udp" => FfmpegPlayer.RtspUdpAsync(url, PlaySeconds),
        "ffmpeg rtsp tcp" => FfmpegPlayer.RtspTcpAsync(url, PlaySeconds),
        "gstreamer rtsp udp" => GStreamerPlayer.RtspUdpAsync(url, PlaySeconds),
        "gstreamer rtsp tcp" => GStreamerPlayer.RtspTcpAsync(url, PlaySeconds),
        _ => VlcPlayer.RtspAsync(url, PlaySeconds),
    };
}
