using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>A well-behaved RTSP client over TCP that records what it gets (RFC 2326 §10.12).</summary>
internal sealed class InterleavedClient : IDisposable
{
    private readonly RtspDialogue _dialogue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    private InterleavedClient(RtspDialogue dialogue)
    {
        _dialogue = dialogue;
        _reading = dialogue.ReadInterleavedAsync(Record, _stop.Token);
    }

    public PortRecord Record { get; } = new(port: 0, rtp: true, packetsExpected: 10_000);

    /// <param name="track">Behind the channel's URL, where it has several.</param>
    public static async Task<InterleavedClient> PlayAsync(EngineRig engine, string track = "")
    {
        var dialogue = await RtspDialogue.ConnectAsync(engine.RtspPort);
        await SetUpAndPlayAsync(dialogue, engine, track);
        return new InterleavedClient(dialogue);
    }

    public static async Task SetUpAndPlayAsync(RtspDialogue dialogue, EngineRig engine, string track = "")
    {
        var setup = await dialogue.AskAsync("SETUP", engine.RtspUrl + track, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1");
        Assert.Equal(200, setup.Status);
        var play = await dialogue.AskAsync("PLAY", engine.RtspUrl, $"Session: {setup.Session}");
        Assert.Equal(200, play.Status);
    }

    /// <summary>Stops reading; the record is then the caller's.</summary>
    public async Task<PortRecord> StopAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        return Record;
    }

    /// <summary>Completes when the server has closed the connection.</summary>
    public Task Closed => _reading;

    public void Dispose()
    {
        _dialogue.Dispose();
        _stop.Dispose();
    }
}
