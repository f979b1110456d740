using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// The published binary with x264 and x265 streams that run for all facts of a class, each with instant start and without, and what leaves by an
/// output without a delay, noted.
/// </summary>
public sealed class FirstPictureStreams : IAsyncLifetime
{
    private const int FramesPerSecond = 25;

    /// <summary>Between two pictures that a decoder can begin with.</summary>
    public const int GopMs = 2_000;
    private static readonly string[] s_media = ["ts", "h264", "h265"];
    private readonly Dictionary<string, int> _ports =
        s_media.SelectMany(m => new[] { $"{m}-instant", $"{m}-live" }).ToDictionary(c => c, _ => FreePorts.Pair());
    private readonly int _referencePort = FreePorts.Pair();
    private readonly List<ChildProcess> _encoders = [];
    private Departures _departures = null!;

    internal EngineRig Engine { get; private set; } = null!;
    internal int HttpPort { get; } = FreePorts.One();

    /// <summary>When each packet of <c>ts-instant</c> left by the output without a delay, by its payload (<see cref="Key"/>).</summary>
    internal Dictionary<string, long> LeftNs() => new(_departures.LeftNs);

    /// <summary>Continuity counters and PCRs make payloads of a transport stream different from each other.</summary>
    internal static string Key(byte[] datagram) => Convert.ToHexString(SHA256.HashData(datagram.AsSpan(RtpHeader.Size)));

    internal string Url(string channel) => $"rtsp://127.0.0.1:{Engine.RtspPort}/{channel}";

    public async Task InitializeAsync()
    {
        _departures = Departures.Note(_referencePort);
        Engine = await EngineRig.StartAsync(new EnginePlan { RtspSessions = 256, Change = AddChannels });
        _encoders.Add(Encode("libx264", "640x360", "-b:v 2000k -maxrate 2000k -bufsize 2000k -tune zerolatency",
            [.. Places("ts", "rtp_mpegts"), .. Places("h264", "rtp")]));
        _encoders.Add(Encode("libx265", "320x180", "-b:v 500k -tune zerolatency -x265-params log-level=none:keyint=50:min-keyint=50:scenecut=0",
            Places("h265", "rtp")));
        await Eventually.TrueAsync("two access points in every instant channel", TimeSpan.FromSeconds(30), async () =>
            (await Engine.Sluice.GetAsync("/api/channels"))["channels"]!.AsArray()
                .Where(c => c!["name"]!.GetValue<string>().EndsWith("-instant", StringComparison.Ordinal)).All(c => c!["accessPoints"]!.GetValue<long>() >= 2));
    }

    public async Task DisposeAsync()
    {
        foreach (var encoder in _encoders) await encoder.DisposeAsync();
        await Engine.DisposeAsync();
        await _departures.DisposeAsync();
    }

    private IEnumerable<string> Places(string media, string format) => new[] { $"{media}-instant", $"{media}-live" }
        .Select(channel => $"[f={format}]rtp://127.0.0.1:{_ports[channel]}?pkt_size={(format == "rtp" ? 1328 : 1316)}");

    private void AddChannels(JsonObject root)
    {
        root["http"]!["listen"] = $"127.0.0.1:{HttpPort}";
        foreach (var (channel, port) in _ports)
        {
            var (media, isInstant) = (channel.Split('-')[0], channel.EndsWith("-instant", StringComparison.Ordinal));
            var settings = new JsonObject { ["sources"] = new JsonArray($"rtp://@:{port}"), ["start"] = isInstant ? "instant" : "live" };
            if (media != "ts")
                settings["media"] = new JsonObject { ["rtpmap"] = $"{media.ToUpperInvariant()}/90000", ["fmtp"] = "packetization-mode=1" };
            if (channel == "ts-instant")
                settings["outputs"] = new JsonArray($"rtp://127.0.0.1:{_referencePort}?delay=0");
            root["channels"]![channel] = settings;
        }
    }

    // Parameter sets go in the stream: tee asks no encoder for global headers.
    private static ChildProcess Encode(string encoder, string size, string options, IEnumerable<string> places) => ChildProcess.Start("ffmpeg",
    [
        "-hide_banner", "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i", $"testsrc2=size={size}:rate={FramesPerSecond}",
        "-c:v", encoder, "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0",
        .. options.Split(' '), "-map", "0:v", "-f", "tee", string.Join('|', places),
    ]);

    /// <summary>Notes when each packet comes to a port.</summary>
    private sealed class Departures : IAsyncDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20 };
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _task;

        private Departures(int port)
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _task = RunAsync();
        }

        public static Departures Note(int port) => new(port);

        public ConcurrentDictionary<string, long> LeftNs { get; } = [];

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _task;
            _socket.Dispose();
            _stop.Dispose();
        }

        private async Task RunAsync()
        {
            var buffer = new byte[2048];
            try
            {
                while (true)
                {
                    var length = await _socket.ReceiveAsync(buffer, _stop.Token);
                    LeftNs[Key(buffer.AsSpan(0, length).ToArray())] = Stamp.NowNs();
                }
            }
            catch (OperationCanceledException)
            {
                // All facts are over.
            }
        }
    }
}
