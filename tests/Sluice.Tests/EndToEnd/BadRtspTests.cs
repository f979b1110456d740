using Sluice.Tests.Kit.Net;

namespace Sluice.Tests.EndToEnd;

/// <summary>One engine for all the bad conversations; it must outlive each of them.</summary>
public sealed class RtspEngine : IAsyncLifetime
{
    public const int Sessions = 2;
    internal EngineRig Rig { get; private set; } = null!;

    public async Task InitializeAsync() => Rig = await EngineRig.StartAsync(new EnginePlan { RtspSessions = Sessions });

    public Task DisposeAsync() => Rig.DisposeAsync().AsTask();
}

/// <summary>Bad and odd RTSP gets the answer that RFC 2326 names, over the real listener.</summary>
[Collection(QuietMachine.Name)]
public class BadRtspTests(RtspEngine engine) : IClassFixture<RtspEngine>
{
    private static readonly TimeSpan s_closeMax = TimeSpan.FromSeconds(10);
    private EngineRig Rig => engine.Rig;

    [Theory]
    [InlineData("DESCRIBE", "Accept: application/sdp")]
    [InlineData("SETUP", "Transport: RTP/AVP;unicast;client_port=50000-50001")]
    public async Task UnknownChannelIs404(string method, string header)
    {
        using var client = await RtspDialogue.ConnectAsync(Rig.RtspPort);
        Assert.Equal(404, (await client.AskAsync(method, Rig.RtspUrl + "-not-there", header)).Status);
    }

    [Theory]
    [InlineData("RAW/RAW/UDP;unicast;client_port=50000-50001")]
    [InlineData("RTP/SAVPF;unicast;client_port=50000-50001")]
    [InlineData("RTP/AVP;unicast")]
    public async Task UnsupportedTransportIs461(string transport)
    {
        using var client = await RtspDialogue.ConnectAsync(Rig.RtspPort);
        Assert.Equal(461, (await client.AskAsync("SETUP", Rig.RtspUrl, $"Transport: {transport}")).Status);
    }

    [Fact]
    public async Task NoSessionSlotIs453AndAFreedOneServesAgain()
    {
        const string Transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1";
        var clients = new List<RtspDialogue>();
        for (var i = 0; i <= RtspEngine.Sessions; i++) clients.Add(await RtspDialogue.ConnectAsync(Rig.RtspPort));
        var replies = new List<RtspReply>();
        foreach (var client in clients) replies.Add(await client.AskAsync("SETUP", Rig.RtspUrl, Transport));
        Assert.Equal([200, 200, 453], replies.Select(r => r.Status));
        Assert.Equal(200, (await clients[0].AskAsync("TEARDOWN", Rig.RtspUrl, $"Session: {replies[0].Session}")).Status);
        var again = await clients[2].AskAsync("SETUP", Rig.RtspUrl, Transport);
        Assert.Equal(200, again.Status);
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task OneByteASegmentIsUnderstood()
    {
        using var client = await RtspDialogue.ConnectAsync(Rig.RtspPort);
        var reply = await client.AskRawAsync($"OPTIONS {Rig.RtspUrl} RTSP/1.0\r\nCSeq: 77\r\n\r\n", segmentBytes: 1);
        Assert.Equal((200, "77"), (reply.Status, reply.Header("CSeq")));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("abc")]
    [InlineData("99999999999999999999")]
    public async Task BadContentLengthIsRefused(string length)
    {
        using var client = await RtspDialogue.ConnectAsync(Rig.RtspPort);
        var reply = await client.AskRawAsync($"GET_PARAMETER {Rig.RtspUrl} RTSP/1.0\r\nCSeq: 1\r\nContent-Length: {length}\r\n\r\n");
        Assert.InRange(reply.Status, 400, 413);
        await StillServesAsync();
    }

    [Fact]
    public async Task EndlessHeadersEndTheConnectionAndNothingElse()
    {
        using var client = await RtspDialogue.ConnectAsync(Rig.RtspPort);
        var endless = System.Text.Encoding.ASCII.GetBytes($"OPTIONS {Rig.RtspUrl} RTSP/1.0\r\nCSeq: 1\r\nX: {new string('a', 1 << 20)}");
        try { await client.SendRawAsync(endless); }
        catch (IOException) { /* closed in the middle of it, as it should be */ }
        Assert.True(await client.IsClosedByServerAsync(s_closeMax));
        await StillServesAsync();
    }

    [Fact]
    public async Task NoiseEndsTheConnectionAndNothingElse()
    {
        var random = new Random(7);
        for (var i = 0; i < 20; i++)
        {
            using var client = await RtspDialogue.ConnectAsync(Rig.RtspPort);
            var noise = new byte[random.Next(1, 4096)];
            random.NextBytes(noise);
            noise[0] = 1;   // never the start of an interleaved frame
            try { await client.SendRawAsync([.. noise, .. "\r\n\r\n"u8]); }
            catch (IOException) { continue; }
            Assert.True(await client.IsClosedByServerAsync(s_closeMax), $"noise {i} of seed 7 left the connection open");
        }
        await StillServesAsync();
    }

    private async Task StillServesAsync()
    {
        using var client = await RtspDialogue.ConnectAsync(Rig.RtspPort);
        Assert.Equal(200, (await client.AskAsync("OPTIONS", Rig.RtspUrl)).Status);
    }
}
