using System.Buffers.Binary;
using System.Net;
using Sluice.Control.Configuration;
using Sluice.Control.Rtsp;
using Sluice.Flow;
using Sluice.Host.Rtsp;
using Sluice.Host.Web;

namespace Sluice.Tests.Host.Rtsp;

/// <summary>Real connections over Kestrel: replies and frames never mix, nobody waits for a peer that does not read.</summary>
public sealed class RtspConnectionTests : IAsyncLifetime, IDisposable
{
    private readonly FakeEngine _engine = new() { FakeRtsp = new() { Options = new() { IdleTimeoutNs = 60_000_000_000 } } };
    private readonly FramePump _pump = new();
    private readonly EngineWeb _web;

    public RtspConnectionTests() =>
        _web = EngineWeb.Build(new EngineConfig { Rtsp = new(IPAddress.Loopback, 0), Http = null, Admin = null }, _engine, _pump);

    private IPEndPoint Server => _web.Bound.Rtsp!;

    public Task InitializeAsync() => _web.App.StartAsync();

    public async Task DisposeAsync() => await _web.DisposeAsync();

    public void Dispose() => _pump.Dispose();

    [Fact]
    public async Task AnswersBeforeItLetsTheEnginePlay()
    {
        var rtsp = _engine.FakeRtsp;
        // The engine's first frame is on the wire before Execute returns: it must find the reply there already.
        rtsp.OnExecute = command =>
        {
            if (command.Kind != SessionCommandKind.Play)
                return;
            Assert.True(rtsp.Peers[0].Frames.TryWrite("$\0\0\u0001"u8, default, "x"u8));
            _pump.OnFramesReady();
            SpinWait.SpinUntil(() => rtsp.Peers[0].Frames.Count == 0, TimeSpan.FromSeconds(20));
        };
        using var client = await RtspClient.ConnectAsync(Server);

        await client.PlayInterleavedAsync();

        Assert.Empty(client.Frames);
        Assert.Equal("x"u8.ToArray(), (await client.ReadItemAsync())?.Frame);
        Assert.Equal((7, 90_000u), (rtsp.Executed[^1].FirstSequence, rtsp.Executed[^1].FirstTimestamp));
    }

    [Fact]
    public async Task FramesComeWholeAndInOrderWithRepliesBetweenThem()
    {
        const int Count = 20_000;
        using var client = await RtspClient.ConnectAsync(Server);
        await client.PlayInterleavedAsync();
        var ring = _engine.FakeRtsp.Peers[0].Frames;
        var producer = Task.Run(() => ProduceAsync(ring, Count));

        var replies = 0;
        for (var i = 0; client.Frames.Count < Count; i++)
        {
            if (i % 500 == 0)
                await client.SendAsync("OPTIONS", "rtsp://x/news");
            var item = await client.ReadItemAsync();
            Assert.NotNull(item);
            replies += item.Value.Reply is null ? 0 : 1;
        }

        await producer;
        Assert.True(replies > 10, $"{replies} replies came between the frames");
        Assert.Equal(Enumerable.Range(0, Count), client.Frames.Select(f => BinaryPrimitives.ReadInt32BigEndian(f)));
        Assert.All(client.Frames, f => Assert.Equal(Length(BinaryPrimitives.ReadInt32BigEndian(f)), f.Length));
    }

    [Fact]
    public async Task APeerThatDoesNotReadCostsTheOthersNothing()
    {
        using var stalled = await RtspClient.ConnectAsync(Server);
        await stalled.PlayInterleavedAsync();
        var full = _engine.FakeRtsp.Peers[0].Frames;
        // The kernel's buffers and the pipe fill first; then the ring stays full whatever the pump does.
        for (var quiet = 0; quiet < 50;)
        {
            var wrote = full.TryWrite("$\0\u0004\0"u8, default, new byte[1024]);
            quiet = wrote ? 0 : quiet + 1;
            _pump.OnFramesReady();
            if (!wrote)
                await Task.Delay(10);
        }

        using var reader = await RtspClient.ConnectAsync(Server);
        await reader.PlayInterleavedAsync();
        var producer = Task.Run(() => ProduceAsync(_engine.FakeRtsp.Peers[1].Frames, 5000));
        while (reader.Frames.Count < 5000)
            Assert.NotNull(await reader.ReadItemAsync());
        await producer;

        Assert.False(full.HasRoomFor(1028));
    }

    [Fact]
    public async Task AClosedConnectionEndsItsSessions()
    {
        using (var client = await RtspClient.ConnectAsync(Server))
            await client.PlayInterleavedAsync();

        await UntilAsync(() => _engine.FakeRtsp.Executed.Any(c => c.Kind == SessionCommandKind.Remove));
    }

    [Fact]
    public async Task AStopClosesConnectionsAndEndsTheirSessions()
    {
        using var idle = await RtspClient.ConnectAsync(Server);
        await idle.SendAsync("OPTIONS", "*");
        Assert.StartsWith("RTSP/1.0 200", await idle.ReplyAsync());
        using var playing = await RtspClient.ConnectAsync(Server);
        await playing.PlayInterleavedAsync();
        var frames = _engine.FakeRtsp.Peers[1].Frames;
        await UntilAsync(() => _engine.FakeRtsp.Executed.Count > 0);
        _engine.FakeRtsp.OnExecute = command => _ = command.Kind == SessionCommandKind.Remove ? SayByeAsync(frames) : null;

        await _web.App.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Null(await idle.ReplyAsync());
        Assert.Null(await playing.ReplyAsync());
        Assert.False(idle.WasReset || playing.WasReset);
        Assert.Equal("bye"u8.ToArray(), Assert.Single(playing.Frames));
        Assert.Contains(_engine.FakeRtsp.Executed, c => c.Kind == SessionCommandKind.Remove);
    }

    [Fact]
    public async Task WhatIsNoRtspIsAnsweredAndClosed()
    {
        using var client = await RtspClient.ConnectAsync(Server);

        await client.SendRawAsync("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n");

        Assert.StartsWith("RTSP/1.0 ", await client.ReplyAsync());
        Assert.Null(await client.ReplyAsync());
    }

    [Fact]
    public async Task ARequestByteByByteIsARequest()
    {
        using var client = await RtspClient.ConnectAsync(Server);

        foreach (var c in "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            await client.SendRawAsync(c.ToString());

        Assert.StartsWith("RTSP/1.0 200", await client.ReplyAsync());
    }

    [Fact]
    public async Task AnUnfinishedRequestIsNotWaitedForWithoutEnd()
    {
        var engine = new FakeEngine { FakeRtsp = new() { Options = new() { RequestTimeoutNs = 50_000_000 } } };
        await using var web = EngineWeb.Build(new EngineConfig { Rtsp = new(IPAddress.Loopback, 0), Http = null, Admin = null }, engine, _pump);
        await web.App.StartAsync();
        using var client = await RtspClient.ConnectAsync(web.Bound.Rtsp!);

        await client.SendRawAsync("OPTIONS * RTSP/1.0\r\nCSe");

        Assert.StartsWith("RTSP/1.0 408", await client.ReplyAsync());
        Assert.Null(await client.ReplyAsync());
    }

    // As the send thread does: some passes after it was told. It need not ring for the last frame.
    private static async Task SayByeAsync(FrameRing ring)
    {
        await Task.Delay(20);
        ring.TryWrite("$\u0001\0\u0003"u8, default, "bye"u8);
    }

    // Frames of differing length, each with its number; one that does not fit waits for room, as the send loop would drop it.
    private async Task ProduceAsync(FrameRing ring, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var (prefix, body) = (new byte[4], new byte[Length(i)]);
            prefix[0] = (byte)'$';
            BinaryPrimitives.WriteUInt16BigEndian(prefix.AsSpan(2), (ushort)body.Length);
            BinaryPrimitives.WriteInt32BigEndian(body, i);
            while (!ring.TryWrite(prefix, body.AsSpan(0, 4), body.AsSpan(4)))
            {
                _pump.OnFramesReady();
                await Task.Delay(1);
            }
            _pump.OnFramesReady();
        }
    }

    private static int Length(int number) => 4 + number * 7919 % 1400;

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
            await Task.Delay(5, limit.Token);
    }
}
