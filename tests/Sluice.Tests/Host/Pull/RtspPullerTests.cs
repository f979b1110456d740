using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Control.Configuration;
using Sluice.Control.Rtsp;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Host.Live;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Wire.Rtsp.Headers;
using static Sluice.Tests.Flow.Ingest.SourceUnderTest;

namespace Sluice.Tests.Host.Pull;

/// <summary>A real engine that pulls from a camera whose every answer the test decides.</summary>
public sealed class RtspPullerTests : IAsyncDisposable
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    private readonly ScriptedCamera _camera = new();
    private LiveEngine? _engine;

    private SessionStatus Session => _engine!.Snapshot().Channels[0].Sources[0].Session!;

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        _camera.Dispose();
    }

    [Fact]
    public async Task InterleavedTracksArriveAndASourceThatHangsUpIsAskedAgain()
    {
        await PlayAsync(_camera.Url);
        Assert.Equal(("tcp", 2, 1), (Session.Transport, Session.Tracks, Session.Begun));
        Feed(20);
        await FedAsync(19, 19);
        Assert.Equal("H264/90000 + PCMU/8000", _engine!.Snapshot().Channels[0].Media);

        _camera.HangUp();
        await UntilAsync("waits", session => session.State == SessionState.Waiting);
        Assert.Equal("the server has closed the connection", Session.LastError);
        Assert.InRange(Session.NextTrySeconds!.Value, 0, 1.25);
        await UntilAsync("plays again", session => session is { State: SessionState.Playing, Begun: 2 });
        Feed(20);
        await FedAsync(38, 38);
    }

    [Fact]
    public async Task WhatDoesNotComeOverUdpIsAskedForOverTcpAtOnceAndFromThenOn()
    {
        _camera.TakesUdp = true;
        await PlayAsync(_camera.Url);
        Assert.Equal("udp", Session.Transport);
        await UntilAsync("plays over TCP", session => session.Transport == "tcp");
        Assert.Equal((2, null), (Session.Begun, Session.LastError));
        Assert.Equal(1, _camera.Count("TEARDOWN"));
        _camera.HangUp();
        await UntilAsync("plays again", session => session is { State: SessionState.Playing, Begun: 3 });
        Assert.Equal("tcp", Session.Transport);
    }

    [Fact]
    public async Task UdpThatWasAskedForStaysUdp()
    {
        _camera.TakesUdp = true;
        await PlayAsync(_camera.Url + "?transport=udp");
        await UntilAsync("gives up", session => session.State == SessionState.Waiting);
        Assert.Equal("the server plays and nothing comes over UDP", Session.LastError);
        Assert.DoesNotContain(_camera.Heard, asked => asked.Head.Contains("TCP", StringComparison.Ordinal));
        Assert.All(_camera.Heard, asked => Assert.DoesNotContain("transport=", asked.Url, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ARedirectionIsFollowedWithoutThePasswordToAnotherHostAndNotInCircles()
    {
        using var other = new ScriptedCamera();
        _camera.Answer = _ => (302, $"Location: {other.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}\r\n", "");
        other.Answer = asked => asked.Method == "DESCRIBE" ? (401, "WWW-Authenticate: Basic realm=\"x\"\r\n", "") : other.Usual(asked);
        await StartAsync(_camera.Url.Replace("rtsp://", "rtsp://anna:secret@", StringComparison.Ordinal));
        await UntilAsync("is refused", session => session.State == SessionState.Waiting);
        Assert.Equal("the server wants a user and a password", Session.LastError);
        Assert.All(other.Heard.Concat(_camera.Heard), asked => Assert.Null(asked.Header("Authorization")));
    }

    [Fact]
    public async Task CirclesAreLeft()
    {
        _camera.Answer = _ => (301, $"Location: {_camera.Url}\r\n", "");
        await StartAsync(_camera.Url);
        await UntilAsync("gives up", session => session.State == SessionState.Waiting);
        Assert.Contains("more than 5 times", Session.LastError, StringComparison.Ordinal);
        Assert.Equal(6, _camera.Count("OPTIONS"));
    }

    [Fact]
    public async Task AnotherDescriptionIsToldToTheChannelAndOnlyChangedTracksLoseTheirPlayers()
    {
        await PlayAsync(_camera.Url);
        Feed(20);
        await FedAsync(19, 19);
        var (picture, sound) = (Join(0), Join(1));
        _camera.Sdp = _camera.Sdp.Replace("m=audio 0 RTP/AVP 0", "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 opus/48000/2", StringComparison.Ordinal);
        _camera.HangUp();
        await UntilAsync("plays again", session => session is { State: SessionState.Playing, Begun: 2 });
        Assert.Equal("H264/90000 + opus/48000", _engine!.Snapshot().Channels[0].Media);
        Assert.Contains("a=rtpmap:97 opus/48000/2", _engine.SessionDescription("door", null), StringComparison.Ordinal);
        Assert.NotNull(_engine.Clients.Find(picture));
        Assert.Null(_engine.Clients.Find(sound));
    }

    // A player of one track, as SETUP makes it.
    private ulong Join(int track)
    {
        var channel = _engine!.FindChannel("door")!.Description;
        var request = new ClientRequest(channel, IPAddress.Loopback, ClientTransport.Udp, new PortPair((ushort)FreePorts.Pair(), 9), track);
        Assert.Equal(AdmissionResult.Admitted, _engine.Rtsp.AdmissionFor(null!).TryAdmit(request, out var grant));
        return LiveClients.FromClientId(grant.Client);
    }

    [Fact]
    public async Task StoppingTakesLeaveOfTheServer()
    {
        await PlayAsync(_camera.Url);
        await _engine!.DisposeAsync();
        _engine = null;
        await Eventually.TrueAsync("TEARDOWN", s_bound, () => _camera.Count("TEARDOWN") == 1);
    }

    private async Task PlayAsync(string source)
    {
        await StartAsync(source);
        await UntilAsync("plays", session => session.State == SessionState.Playing);
    }

    private Task StartAsync(string source)
    {
        var parsed = ConfigParser.Parse($$"""{ "channels": { "door": { "sources": [ "{{source}}" ], "reorder": 0 } } }""");
        _engine = new LiveEngine(parsed.Config!, new NoPump(), NullLoggerFactory.Instance);
        _engine.Start();
        return Task.CompletedTask;
    }

    private int _sequence;

    private void Feed(int packets)
    {
        for (var i = 0; i < packets; i++, _sequence++)
        {
            _camera.Send(0, RtpBytes(_sequence, payloadType: 96));
            _camera.Send(2, RtpBytes(_sequence, payloadType: 0, ssrc: 8));
        }
    }

    private Task UntilAsync(string what, Func<SessionStatus, bool> condition) =>
        Eventually.TrueAsync(what, s_bound, () => Task.FromResult(condition(Session)), () => Session.ToString());

    private Task FedAsync(long picture, long sound) => Eventually.TrueAsync($"{picture} and {sound} packets in the feeds", s_bound, () =>
        (picture, sound) == (_engine!.Core.FeedCounters(0).Packets, _engine.Core.FeedCounters(1).Packets));

    private sealed class NoPump : IFramePump
    {
        public void OnFramesReady() { }
    }
}
