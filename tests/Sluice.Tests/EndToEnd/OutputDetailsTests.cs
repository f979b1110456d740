using System.Net;
using System.Text.Json.Nodes;
using Sluice.Linux;
using Sluice.Tests.Flow.Shaping;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Linux.Sockets;
using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// What headends check of an output: one channel goes out on two networks, as sockets on the other side see it: DSCP, hop limit and source
/// address of every packet, datagram sizes, null packets, continuity, and the clock references of a constant rate by byte position.
/// <code>
///   head  h0 10.79.0.1  fd79::1   ----  10.79.0.2, .9  fd79::2   e0  edge
///         h1 10.79.1.1            ----  10.79.1.2                e1
/// </code>
/// </summary>
public sealed class OutputDetailsTests : IDisposable
{
    private const int Rate = 3_000_000, SourcePort = 5004, TriesMax = 3;
    private const long StepNs = 5_000_000;
    private static readonly TimeSpan s_start = TimeSpan.FromSeconds(15);
    private readonly NetworkNamespace _head = new(), _edge = new();

    /// <summary>One receiver and what its packets must look like.</summary>
    private sealed record Place(string Output, string Listen, string Device, string From, int Dscp, int Ttl, int Datagram, string? Only = null)
    {
        public bool IsRtp => Output.Contains("rtp://", StringComparison.Ordinal);
    }

    private static readonly Place[] s_places =
    [
        new("""{ "to": "rtp://239.79.1.1:6000", "iface": "e0", "dscp": 34, "ttl": 7 }""", "239.79.1.1:6000", "h0", "10.79.0.2", 34, 7, 1316),
        new("""{ "to": "rtp://239.79.1.1:6000", "iface": "e1", "dscp": 46, "ttl": 9 }""", "239.79.1.1:6000", "h1", "10.79.1.2", 46, 9, 1316),
        new("""{ "to": "rtp://232.79.1.1:6002", "iface": "e0", "source": "10.79.0.9" }""", "232.79.1.1:6002", "h0", "10.79.0.9", 0, 1, 1316, "10.79.0.9"),
        new("\"rtp://[ff15::7901]:6004?iface=e0&dscp=26&ttl=5\"", "[ff15::7901]:6004", "h0", "fd79::2", 26, 5, 1316),
        new("\"rtp://[fd79::1]:6006?dscp=10&ttl=33&source=fd79::2\"", "[fd79::1]:6006", "h0", "fd79::2", 10, 33, 1316),
        new("\"udp://10.79.0.1:6008?source=10.79.0.9&dscp=18\"", "10.79.0.1:6008", "h0", "10.79.0.9", 18, 64, 1316),
        new("\"udp://10.79.1.1:6010?iface=e1&tsPackets=3\"", "10.79.1.1:6010", "h1", "10.79.1.2", 0, 64, 3 * 188),
        new("\"rtp://10.79.0.1:6012?tsPackets=1\"", "10.79.0.1:6012", "h0", "10.79.0.2", 0, 64, 188),
        new("\"udp://10.79.0.1:6014?nulls=remove\"", "10.79.0.1:6014", "h0", "10.79.0.2", 0, 64, 1316),
        new("\"rtp://239.79.1.2:6016?iface=e0&cbr=3Mbit/s\"", "239.79.1.2:6016", "h0", "10.79.0.2", 0, 1, 1316),
        new("\"udp://10.79.1.1:6018?cbr=3Mbit/s\"", "10.79.1.1:6018", "h1", "10.79.1.2", 0, 64, 1316),
    ];

    public OutputDetailsTests()
    {
        NetworkNamespace.Connect(_head, "h0", _edge, "e0");
        NetworkNamespace.Connect(_head, "h1", _edge, "e1");
        foreach (var (device, address) in new[] { ("h0", "10.79.0.1/24"), ("h0", "fd79::1/64"), ("h1", "10.79.1.1/24") }) _head.AddAddress(device, address);
        foreach (var (device, address) in new[] { ("e0", "10.79.0.2/24"), ("e0", "10.79.0.9/24"), ("e0", "fd79::2/64"), ("e1", "10.79.1.2/24") })
            _edge.AddAddress(device, address);
    }

    public void Dispose()
    {
        _edge.Dispose();
        _head.Dispose();
    }

    // What a machine that stands still for 100 ms drops by age proves nothing; the last try counts whatever was dropped.
    [Fact]
    public async Task EveryOutputLooksOnTheWireAsItIsConfigured()
    {
        for (var tries = 1; !await TryAsync(isLast: tries == TriesMax); tries++) { }
    }

    /// <summary>False when the engine itself dropped packets, and there is another try.</summary>
    private async Task<bool> TryAsync(bool isLast)
    {
        var configuration = $$"""
            { "rtsp": { "listen": "127.0.0.1:8554" }, "http": { "listen": "off" }, "admin": { "listen": "127.0.0.1:9090" },
              "channels": { "news": { "sources": [ "udp://@:{{SourcePort}}" ], "delay": { "range": "100ms" },
                "outputs": [ {{string.Join(", ", s_places.Select(place => place.Output))}} ] } } }
            """;
        var path = SluiceProcess.WriteConfiguration(configuration);
        await using var engine = ChildProcess.Start("ip", ["netns", "exec", _edge.Name, SluiceProcess.BinaryPath, "run", path]);
        await engine.WaitForLineAsync("the engine", line => line.Contains("is up", StringComparison.Ordinal), s_start);
        var ears = s_places.Select(place => _head.Run(() => new Ear(place.Listen, place.Device, place.Only))).ToArray();
        using var sender = _head.Run(() => Loopback.Open(new() { BindAddress = IPAddress.Parse("10.79.0.1") }));

        var source = Play(sender, ears, datagrams: 1_000);

        var dropped = (int)JsonNode.Parse(await CurlAsync("/api/channels/news"))!["sent"]!["dropped"]!;
        if (dropped > 0 && !isLast)
        {
            Array.ForEach(ears, ear => ear.Dispose());
            return false;
        }
        foreach (var (place, ear) in s_places.Zip(ears))
            AssertHeader(place, ear);
        var readings = s_places.Zip(ears).Select(pair => Read(pair.First, pair.Second)).ToArray();
        foreach (var (place, reading) in s_places.Zip(readings))
        {
            Assert.Equal(0, reading.ContinuityErrors);
            // The first packets of a constant rate have no clock yet, and the last ones wait for the next reference.
            Assert.True(reading.Media.Count > source.MediaCount - 150, $"{place.Output}: {reading.Media.Count} of {source.MediaCount}");
            Assert.Equal(Enumerable.Range(reading.Media[0], reading.Media.Count), reading.Media);
        }
        Assert.All(readings.Take(8), reading => Assert.InRange(reading.Nulls, source.NullCount - 20, source.NullCount));
        Assert.Equal(0, readings[8].Nulls);
        foreach (var constant in readings.TakeLast(2))
        {
            // 500 ns are 13.5 ticks (TR 101 290 §5.2.2); the design allows one.
            Assert.True(constant.WorstPcrError(Rate, TsSource.Video) <= 1.0, $"{constant.WorstPcrError(Rate, TsSource.Video)} ticks");
            var gaps = constant.Clock.Zip(constant.Clock.Skip(1), (a, b) => (b.Pcr - a.Pcr) / 27_000.0).ToArray();
            Assert.True(gaps.Max() <= 100, $"references {gaps.Max()} ms apart");
            Assert.True(constant.Nulls > constant.Media.Count / 3);
        }
        Array.ForEach(ears, ear => ear.Dispose());
        await AssertApiAsync(engine);
        return true;
    }

    [Fact]
    public async Task AnOutputThatCannotBeSentFromItsAddressEndsTheStartWithAReason()
    {
        var (code, output) = await SluiceProcess.RunToEndAsync("run", SluiceProcess.WriteConfiguration($$"""
            { "rtsp": { "listen": "off" }, "http": { "listen": "off" }, "admin": { "listen": "127.0.0.1:0" },
              "channels": { "news": { "sources": [ "udp://127.0.0.1:{{FreePorts.Pair()}}" ], "outputs": [ "udp://127.0.0.1:6000?source=192.0.2.77" ] } } }
            """));
        Assert.Equal(1, code);
        Assert.Contains("channel news: cannot send to udp://127.0.0.1:6000: ", output, StringComparison.Ordinal);
        Assert.Contains("192.0.2.77 is not an address of this machine", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
    }

    /// <summary>2 Mbit/s with a null packet in every tenth place, at its own speed, with a millisecond or two of jitter.</summary>
    private static TsSource Play(DatagramSocket sender, Ear[] ears, int datagrams)
    {
        const double TicksPerPacket = TsPacket.Size * 8 * 27.0 / 2;
        var source = new TsSource(TicksPerPacket, pcrEvery: 25, nullEvery: 10);
        var to = DatagramAddress.From(IPAddress.Parse("10.79.0.2"), SourcePort);
        var start = SystemClock.Now;
        for (var i = 0; i < datagrams; i++)
        {
            ThreadControl.SleepUntil(start + (long)(i * 7 * TicksPerPacket * 1000 / 27));
            var bytes = source.SevenPackets();
            Assert.Equal(bytes.Length, sender.SendTo(to, bytes));
            if (i % 8 == 0) Array.ForEach(ears, ear => ear.Listen());
        }
        // All that was to come has come when nothing has come for a while.
        for (long quiet = 0, before = 0; quiet < 150 * StepNs; quiet = ears.Sum(ear => ear.Datagrams.Count) == before ? quiet + StepNs : 0)
        {
            before = ears.Sum(ear => ear.Datagrams.Count);
            ThreadControl.SleepUntil(SystemClock.Now + StepNs);
            Array.ForEach(ears, ear => ear.Listen());
        }
        return source;
    }

    private static void AssertHeader(Place place, Ear ear)
    {
        Assert.True(ear.Datagrams.Count > 100, $"{place.Output}: {ear.Datagrams.Count} datagrams");
        Assert.All(ear.Datagrams, d => Assert.Equal((place.From, place.Dscp, place.Ttl), (d.From, d.TrafficClass >> 2, d.HopLimit)));
        // Shorter are only those before a pause of the sender: at its end, and where the machine stood still.
        var whole = place.Datagram + (place.IsRtp ? RtpHeader.Size : 0);
        Assert.All(ear.Datagrams, d => Assert.InRange(d.Bytes.Length, whole - place.Datagram + TsPacket.Size, whole));
        Assert.InRange(ear.Datagrams.Count(d => d.Bytes.Length < whole), 0, 5);
    }

    private static TsReading Read(Place place, Ear ear)
    {
        var reading = new TsReading();
        var numbers = new List<ushort>();
        foreach (var datagram in ear.Datagrams)
        {
            reading.Take(datagram.Bytes.AsSpan(place.IsRtp ? RtpHeader.Size : 0));
            if (place.IsRtp && RtpHeader.TryRead(datagram.Bytes, out var header))
                numbers.Add(header.SequenceNumber);
        }
        Assert.All(numbers.Zip(numbers.Skip(1)), pair => Assert.Equal((ushort)(pair.First + 1), pair.Second));
        return reading;
    }

    // What the API says of it, and what it answers to a way of shaping that nobody has configured.
    private async Task AssertApiAsync(ChildProcess engine)
    {
        var channel = await CurlAsync("/api/channels/news");
        Assert.Contains("\"shaping\":\"7 TS packets a datagram, 3Mbit/s constant\",\"clientCount\":2", channel, StringComparison.Ordinal);
        var shared = await CurlAsync("/api/channels/news/clients", """{ "to": "udp://10.79.0.1:6020", "cbr": "3Mbit/s", "dscp": 34 }""");
        Assert.Contains("\"id\":", shared, StringComparison.Ordinal);
        var refused = await CurlAsync("/api/channels/news/clients", """{ "to": "udp://10.79.0.1:6022", "cbr": "9Mbit/s" }""");
        Assert.Contains("channel news has no feed of 7 TS packets a datagram, 9Mbit/s constant", refused, StringComparison.Ordinal);
        var unusable = await CurlAsync("/api/channels/news/clients", """{ "to": "udp://10.79.0.1:6024", "source": "10.79.0.77" }""");
        Assert.Contains("10.79.0.77 is not an address of this machine", unusable, StringComparison.Ordinal);
        Assert.Contains("sluice_shaped_nulls_added_packets_total{channel=\"news\"", await CurlAsync("/metrics"), StringComparison.Ordinal);
        Assert.Equal(0, await engine.StopAsync(Signals.Terminate, s_start));
    }

    private async Task<string> CurlAsync(string path, string? body = null)
    {
        string[] post = body is null ? [] : ["-H", "Content-Type: application/json", "-d", body];
        await using var curl = ChildProcess.Start("ip",
            ["netns", "exec", _edge.Name, "curl", "-sS", "--max-time", "10", .. post, $"http://127.0.0.1:9090{path}"]);
        await curl.WaitForExitAsync(s_start);
        return string.Join('\n', curl.Output.Snapshot().Select(line => line.Text));
    }

    /// <summary>One socket in the head's namespace that asks the kernel for hop limit and traffic class of every datagram.</summary>
    private sealed class Ear : IDisposable
    {
        private const int IP_RECVTOS = 13, IPV6_RECVTCLASS = 66;
        private readonly DatagramSocket _socket;
        private readonly Inbox _inbox = new(64, 2048);
        private readonly bool _isIPv6;

        public Ear(string at, string device, string? only)
        {
            var place = IPEndPoint.Parse(at);
            _isIPv6 = place.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
            var isGroup = DatagramAddress.From(place).IsMulticast;
            _socket = Loopback.Open(new()
            {
                BindAddress = isGroup ? null : place.Address, MulticastGroup = isGroup ? place.Address : null, Port = place.Port,
                Interface = isGroup ? device : null,
                SourceFilter = only is null ? null : IPAddress.Parse(only), ReceiveBufferBytes = 16 << 20, ReuseAddress = true,
            });
            foreach (var option in _isIPv6 ? new[] { SocketOption.IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS } : [SocketOption.IP_RECVTTL, IP_RECVTOS])
                Assert.True(SocketSetup.Set(_socket.Handle, _isIPv6 ? SocketOption.IPPROTO_IPV6 : SocketOption.IPPROTO_IP, option, 1));
        }

        public List<(byte[] Bytes, string From, int HopLimit, int TrafficClass)> Datagrams { get; } = [];

        public void Listen()
        {
            for (int received; (received = _socket.ReceiveBatch(_inbox.Batch, SystemClock.Now)) > 0;)
                for (var i = 0; i < received; i++)
                    Datagrams.Add((_inbox.Bytes(i), _inbox.Batch.From(i).ToIPAddress().ToString(), Said(i, SocketOption.IP_TTL, SocketOption.IPV6_HOPLIMIT),
                        Said(i, SocketOption.IP_TOS, SocketOption.IPV6_TCLASS)));
        }

        public void Dispose()
        {
            _socket.Dispose();
            _inbox.Dispose();
        }

        // IP_TOS is one byte, the others are numbers: the low byte is right for all.
        private int Said(int index, int ipv4, int ipv6) => (_isIPv6
            ? ControlMessage.Int(_inbox.Batch.Control(index), SocketOption.IPPROTO_IPV6, ipv6)
            : ControlMessage.Int(_inbox.Batch.Control(index), SocketOption.IPPROTO_IP, ipv4)) & 0xff ?? -1;
    }
}
