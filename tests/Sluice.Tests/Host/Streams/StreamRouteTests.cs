using System.Net;
using Sluice.Control.Configuration;
using Sluice.Host.Rtsp;
using Sluice.Host.Streams;
using Sluice.Host.Web;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Host.Streams;

/// <summary>Real connections over Kestrel: what a viewer is answered, what he gets, and how he is ended.</summary>
public sealed class StreamRouteTests : IAsyncLifetime, IDisposable
{
    private const int RingBytes = 64 << 10, PayloadBytes = 7 * TsPacket.Size;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    private readonly FakeEngine _engine = new();
    private readonly FramePump _pump = new();
    private readonly EngineWeb _web;
    private int _counter;

    public StreamRouteTests()
    {
        var any = new ListenAddress(IPAddress.Loopback, 0);
        var streams = new StreamConfig { BufferBytes = RingBytes };
        var config = new EngineConfig
        {
            Rtsp = any, Http = any, Admin = any, Streams = streams,
            Relay = new RelayConfig { Groups = [IPNetwork.Parse("239.1.0.0/16"), IPNetwork.Parse("ff3e::/16")], Interfaces = ["eth1"] },
            Channels =
            [
                new() { Name = "news", Sources = [], Store = new() { WindowNs = 3L * 86_400 * 1_000_000_000 }, Sap = new() { Name = "News \"HD\"" } },
                new() { Name = "camera", Sources = [], Outputs = [new() { To = new(MediaScheme.Rtp, "239.9.9.9", 5004) }] },
            ],
        };
        _web = EngineWeb.Build(config, _engine, _pump);
    }

    private FakeStreams Streams => _engine.FakeStreams;

    public Task InitializeAsync() => _web.App.StartAsync();

    public async Task DisposeAsync() => await _web.DisposeAsync();

    public void Dispose() => _pump.Dispose();

    [Theory]
    [InlineData("GET", "/channels/none.ts", "404", "Unknown channel")]
    [InlineData("GET", "/channels/camera.ts", "406", "H264/90000")]
    [InlineData("GET", "/channels/full.ts", "503", "the limit of 0 viewers is reached")]
    [InlineData("POST", "/channels/news.ts", "405", "Not found|Method not allowed")]
    public async Task RefusesWithAReason(string method, string path, string status, string mention)
    {
        using var client = new HttpClient();
        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"http://{_web.Bound.Http}{path}"));
        Assert.Equal(status, $"{(int)answer.StatusCode}");
        Assert.Matches(mention, await answer.Content.ReadAsStringAsync());
        Assert.Empty(Streams.Viewers);
        Assert.Equal(status == "503", answer.Headers.RetryAfter is not null);
    }

    private const long NoonNs = 1_795_694_400_000_000_000;

    [Theory]
    [InlineData("full.ts?offset=60", 404, "Nothing is kept")]
    [InlineData("news.ts?offset=0", 200, "live")]
    [InlineData("news.ts?utc=&lutc=", 200, "live")]
    [InlineData("news/mpegts", 200, "live")]
    [InlineData("news.ts?offset=soon", 400, "Not a time")]
    [InlineData("news.ts?offset=60", 200, "-60")]
    [InlineData("news.ts?offset=1h", 416, "kept is from clock=20261126T115000Z- on")]
    [InlineData("news.ts?start=1795694340&end=1795694370", 200, "-60 to -30")]
    [InlineData("news.ts?utc=1795694340&lutc=1795694400", 200, "-60")]
    [InlineData("news.ts?start=2026-11-26T13:00:00Z", 416, "future")]
    [InlineData("news/timeshift_rel-60.ts", 200, "-60")]
    [InlineData("news/timeshift_abs-1795694340.ts", 200, "-60")]
    [InlineData("news/archive-1795694340-30.ts", 200, "-60 to -30")]
    [InlineData("news/index.m3u8", 404, "Expected mpegts")]
    public async Task AViewerMayAskForWhatIsKept(string path, int status, string found)
    {
        Streams.Span = new(Sluice.Wire.Rtsp.Headers.RangeUnit.Clock, NoonNs - 600_000_000_000, NoonNs);
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri($"http://{_web.Bound.Http}/channels/{path}"), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status != 200)
        {
            Assert.Contains(found, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            return;
        }
        var place = Assert.Single(Streams.Viewers.Values).Place;
        var text = place.IsLive ? "live" : $"{(place.FromNs - NoonNs) / 1e9}" + (place.UntilNs is { } end ? $" to {(end - NoonNs) / 1e9}" : "");
        Assert.Equal(found, text);
    }

    [Fact]
    public async Task ThePlaylistSaysWhosePastCanBeAskedFor()
    {
        Streams.Span = new(Sluice.Wire.Rtsp.Headers.RangeUnit.Clock, NoonNs - 600_000_000_000, NoonNs);
        using var client = new HttpClient();
        var lines = (await client.GetStringAsync(new Uri($"http://{_web.Bound.Http}/playlist.m3u"))).Split('\n');
        var source = $"http://{_web.Bound.Http}/channels/news.ts?start=${{start}}&end=${{end}}";
        Assert.EndsWith($" catchup=\"default\" catchup-source=\"{source}\" catchup-days=\"3\",News \"HD\"", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/udp/239.1.2.3:5004", 200, "239.1.2.3:5004")]
    [InlineData("/udp/239.1.2.3:5004/", 200, "239.1.2.3:5004")]
    [InlineData("/rtp/239.1.2.3:5004", 200, "239.1.2.3:5004")]
    [InlineData("/rtp/10.0.0.7@239.1.2.3:5004/", 200, "10.0.0.7@239.1.2.3:5004")]
    [InlineData("/rtp/[2001:db8::7]@[ff3e::1]:5004", 200, "[2001:db8::7]@[ff3e::1]:5004")]
    [InlineData("/rtp/%5Bff3e::1%5D:5004", 200, "[ff3e::1]:5004")]
    [InlineData("/udp/239.1.2.3:5004?iface=eth1", 200, "239.1.2.3:5004")]
    [InlineData("/udp/239.1.2.3:5004?iface=eth2", 403, null)]
    [InlineData("/udp/239.2.2.3:5004", 403, null)]
    [InlineData("/udp/127.0.0.1:9090", 403, null)]
    [InlineData("/udp/tv:5004", 400, null)]
    [InlineData("/udp/239.1.2.3", 400, null)]
    [InlineData("/udp/", 404, null)]
    public async Task RelaysTheGroupsThatAreAllowed(string path, int status, string? name)
    {
        using var peer = await HttpPeer.ConnectAsync(_web.Bound.Http!);
        var head = await peer.GetAsync(path);
        Assert.StartsWith($"HTTP/1.1 {status}", head);
        Assert.Equal(status == 403 ? 1 : 0, Streams.Counters.Forbidden);
        if (name is null)
            Assert.Empty(Streams.Viewers);
        else
            Assert.Equal([name], Streams.Joined);
    }

    [Fact]
    public async Task AHeadOfARelayJoinsNothing()
    {
        using var peer = await HttpPeer.ConnectAsync(_web.Bound.Http!);
        Assert.StartsWith("HTTP/1.1 200", await peer.GetAsync("/udp/239.1.2.3:5004", method: "HEAD"));
        Assert.Empty(Streams.Joined);
    }

    [Theory]
    [InlineData("", "tv.example.net:8080", "http://tv.example.net:8080/channels/news.ts")]
    [InlineData("?form=http", "[::1]:99", "http://[::1]:99/channels/news.ts")]
    [InlineData("", "evil/../x", "http://127.0.0.1:{http}/channels/news.ts")]
    [InlineData("", "a@b", "http://127.0.0.1:{http}/channels/news.ts")]
    [InlineData("", null, "http://127.0.0.1:{http}/channels/news.ts")]
    [InlineData("?form=rtsp", "tv", "rtsp://tv:{rtsp}/news\nrtsp://tv:{rtsp}/camera")]
    [InlineData("?form=udp", "tv", "rtp://@239.9.9.9:5004")]
    public async Task ThePlaylistLeadsBackToWhereItWasAskedFor(string query, string? host, string urls)
    {
        using var peer = await HttpPeer.ConnectAsync(_web.Bound.Http!);
        await peer.SendAsync($"GET /playlist.m3u{query} HTTP/1.0\r\n{(host is null ? "" : $"Host: {host}\r\n")}\r\n");
        var answer = await peer.TextAsync();
        if (answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal) && host is "evil/../x" or "a@b")
            return;                                 // Kestrel refuses such a header itself
        Assert.Contains("Content-Type: audio/x-mpegurl; charset=utf-8", answer);
        var lines = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("#EXTM3U", lines[0]);
        urls = urls.Replace("{http}", $"{_web.Bound.Http!.Port}").Replace("{rtsp}", $"{_web.Bound.Rtsp!.Port}");
        Assert.Equal(urls.Split('\n'), lines.Where(line => line[0] != '#'));
        if (query != "?form=udp")
            Assert.Contains("#EXTINF:-1 tvg-id=\"news\" tvg-name=\"News 'HD'\",News \"HD\"", lines);
    }

    [Fact]
    public async Task APlaylistOfAnUnknownFormIsRefused()
    {
        using var peer = await HttpPeer.ConnectAsync(_web.Bound.Http!);
        Assert.StartsWith("HTTP/1.1 400", await peer.GetAsync("/playlist.m3u?form=smoke"));
    }

    [Fact]
    public async Task IsNotOnTheAdminListener()
    {
        using var peer = await HttpPeer.ConnectAsync(_web.Bound.Admin!);
        Assert.StartsWith("HTTP/1.1 404", await peer.GetAsync("/channels/news.ts"));
    }

    [Fact]
    public async Task HeadIsAnsweredWithoutAStream()
    {
        using var peer = await HttpPeer.ConnectAsync(_web.Bound.Http!);
        var head = await peer.GetAsync("/channels/news.ts", method: "HEAD");
        Assert.StartsWith("HTTP/1.1 200", head);
        Assert.Contains("Content-Type: video/mp2t", head);
        Assert.Empty(Streams.Viewers);
    }

    [Theory, InlineData("HTTP/1.1", true), InlineData("HTTP/1.0", false)]
    public async Task StreamsWholePacketsInOrder(string version, bool isChunked)
    {
        const int Payloads = 3000;
        using var peer = await HttpPeer.ConnectAsync(_web.Bound.Http!);
        var head = await peer.GetAsync("/channels/NEWS.ts", version);
        Assert.StartsWith("HTTP/1.1 200", head);
        Assert.Contains("Content-Type: video/mp2t", head);
        Assert.DoesNotContain("Content-Length", head);
        Assert.Equal(isChunked, peer.IsChunked);
        var viewer = await ViewerAsync();
        var producer = Task.Run(() => ProduceAsync(viewer, Payloads));

        var check = new TsStreamCheck();
        while (check.Bytes < Payloads * PayloadBytes)
            check.Take(await peer.BodyAsync() ?? throw new EndOfStreamException(check.ToString()));
        await producer;
        Assert.True(check is { BadPackets: 0, ContinuityErrors: 0, Left: 0, Bytes: Payloads * PayloadBytes }, check.ToString());
        Assert.Equal(1, Volatile.Read(ref Streams.Counters.Watching));
    }

    [Fact]
    public async Task AViewerThatLeavesIsRemoved()
    {
        using (var peer = await HttpPeer.ConnectAsync(_web.Bound.Http!))
        {
            await peer.GetAsync("/channels/news.ts");
            await ViewerAsync();
        }
        await Eventually.TrueAsync("the end of its client", s_bound, () => Removed.SequenceEqual(Streams.Viewers.Keys));
        await Eventually.TrueAsync("nobody watches", s_bound, () => Volatile.Read(ref Streams.Counters.Watching) == 0);
    }

    [Fact]
    public async Task AClientThatTheEngineEndsGetsTheEndOfItsResponse()
    {
        using var peer = await HttpPeer.ConnectAsync(_web.Bound.Http!);
        await peer.GetAsync("/channels/news.ts");
        (await ViewerAsync()).OnGone();
        Assert.Null(await peer.BodyAsync());
        await Eventually.TrueAsync("the end of its client", s_bound, () => Removed.Length == 1);
    }

    [Fact]
    public async Task ASlowReaderThatIsToBeDroppedIsDisconnected()
    {
        Streams.Slow = SlowReader.Drop;
        using var peer = await HttpPeer.ConnectAsync(_web.Bound.Http!, receiveBufferBytes: 4096);
        await peer.GetAsync("/channels/news.ts");
        var viewer = await ViewerAsync();
        // A writer that only had to wait for its turn comes back before the pump has looked, and goes on: then it is filled up again.
        for (var tries = 0; tries < 5 && Dropped() == 0; tries++)
        {
            FillUp(viewer);
            await Eventually.TrueAsync("the drop, or the end of the cut", s_bound, () => Dropped() == 1 || !viewer.Ring.IsCut);
        }
        await Eventually.TrueAsync("the drop", s_bound, () => Dropped() == 1);
        await peer.DrainAsync();
    }

    private long Dropped() => Volatile.Read(ref Streams.Counters.DroppedSlow);

    [Fact]
    public async Task ASlowReaderThatSkipsGetsWholePacketsAndTheNewestOnes()
    {
        using var peer = await HttpPeer.ConnectAsync(_web.Bound.Http!, receiveBufferBytes: 4096);
        await peer.GetAsync("/channels/news.ts");
        var viewer = await ViewerAsync();
        FillUp(viewer);

        // The reader is back: what waited in the ring is gone, and the first packet after it carries the mark.
        var seen = false;
        var check = new TsStreamCheck { OnPacket = packet => seen |= packet[10] == Mark };
        var marking = Task.Run(async () =>
        {
            await Eventually.TrueAsync("the cut", s_bound, () => !viewer.Ring.IsCut);
            Assert.True(Write(viewer, Mark));
        });
        while (!seen)
            check.Take(await peer.BodyAsync() ?? throw new EndOfStreamException(check.ToString()));
        await marking;
        Assert.True(check is { BadPackets: 0, ContinuityErrors: <= 1 }, check.ToString());
        Assert.True(Volatile.Read(ref Streams.Counters.DiscardedBytes) > 0);
        Assert.Equal((0, 0), (Streams.Counters.DroppedSlow, Streams.Counters.DroppedStalled));
    }

    private const byte Mark = 0x77;

    private ulong[] Removed
    {
        get
        {
            lock (_engine.Removed)
                return [.. _engine.Removed];
        }
    }

    private async Task<StreamViewer> ViewerAsync()
    {
        await Eventually.TrueAsync("a viewer", s_bound, () => !Streams.Viewers.IsEmpty);
        return Assert.Single(Streams.Viewers).Value;
    }

    private async Task ProduceAsync(StreamViewer viewer, int payloads)
    {
        for (var i = 0; i < payloads; i++)
            while (!Write(viewer, 0))
                await Task.Yield();
    }

    // As the send thread does: until the ring is full behind a peer that does not read, then cut.
    private void FillUp(StreamViewer viewer)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var full = 0; full < 200; full = Write(viewer, 0) ? 0 : full + 1)
        {
            Assert.True(clock.Elapsed < s_bound, "the peer takes everything");
            if (full > 0)
                Thread.Sleep(1);
        }
        viewer.Ring.Cut();
        _pump.OnFramesReady();
    }

    private bool Write(StreamViewer viewer, byte mark)
    {
        var payload = new byte[PayloadBytes];
        for (var i = 0; i < 7; i++)
        {
            TsPacket.WriteHeader(payload.AsSpan(i * TsPacket.Size), 0x100, false, false, true, (byte)(_counter + i & 15));
            payload[i * TsPacket.Size + 10] = mark;
        }
        var written = viewer.Ring.TryWrite(payload, default, default);
        if (written)
            _counter += 7;
        _pump.OnFramesReady();
        return written;
    }
}
