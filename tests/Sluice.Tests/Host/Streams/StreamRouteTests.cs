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
        _web = EngineWeb.Build(new EngineConfig { Rtsp = null, Http = any, Admin = any, Streams = streams }, _engine, _pump);
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
        FillUp(await ViewerAsync());
        await Eventually.TrueAsync("the drop", s_bound, () => Volatile.Read(ref Streams.Counters.DroppedSlow) == 1);
        await peer.DrainAsync();
    }

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
