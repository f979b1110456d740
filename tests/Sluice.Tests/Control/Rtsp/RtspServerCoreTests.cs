using System.Text;
using Sluice.Control.Rtsp;
using Sluice.Wire.Sdp;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>What each method answers when all is well, and its refusals.</summary>
public class RtspServerCoreTests
{
    private const string Demo = "rtsp://h:8554/demo";
    private const string Udp = "RTP/AVP;unicast;client_port=5000-5001";

    private readonly FakeAdmission _admission = new();
    private readonly RtspPeer _peer;

    public RtspServerCoreTests() => _peer = new RtspPeer(_admission);

    [Fact]
    public void OptionsNamesWhatIsAnswered()
    {
        var reply = _peer.Ask("OPTIONS", "*");
        Assert.Equal(200, reply.Status);
        Assert.Equal("OPTIONS, DESCRIBE, ANNOUNCE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER, RECORD", reply["Public"]);
        Assert.Equal("Sluice", reply["Server"]);
    }

    [Fact]
    public void DescribeTellsWhatTheStreamIs()
    {
        var reply = _peer.Ask("DESCRIBE", "rtsp://h:8554/DEMO", "Accept: application/sdp");
        Assert.Equal((200, "application/sdp", "rtsp://h:8554/Demo/"), (reply.Status, reply["Content-Type"], reply["Content-Base"]));
        Assert.Equal(
            "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=Demo\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\na=range:npt=now-\r\n"
            + "m=video 0 RTP/AVP 33\r\na=rtpmap:33 MP2T/90000\r\na=control:trackID=0\r\n", reply.Body);
    }

    [Fact]
    public void DescribeTellsDynamicPayloadTypes()
    {
        Assert.True(SdpReader.TryRead(Encoding.ASCII.GetBytes(_peer.Ask("DESCRIBE", "rtsp://h/radio.1").Body), out var session));
        var media = Assert.Single(session.Media);
        Assert.Equal("audio", media.Kind);
        Assert.True(media.TryGetRtpMap(96, out var map));
        Assert.Equal(new SdpRtpMap(96, "L24", 48_000, 2), map);
        Assert.Equal("x=1", media.FormatParameters(96));
    }

    [Theory]
    [InlineData("DESCRIBE", "rtsp://h/nothing", "", 404)]
    [InlineData("DESCRIBE", "rtsp://h/", "", 404)]
    [InlineData("DESCRIBE", "rtsp://h/a/b", "", 404)]
    [InlineData("DESCRIBE", "rtsp://h/..%2f..%2fetc%2fpasswd", "", 404)]
    [InlineData("DESCRIBE", "*", "", 400)]
    [InlineData("DESCRIBE", "http://h/demo", "", 400)]
    [InlineData("DESCRIBE", "rtsp://h/off", "", 503)]
    [InlineData("DESCRIBE", Demo, "Accept: text/plain", 406)]
    [InlineData("SETUP", "rtsp://h/nothing", "Transport: " + Udp, 404)]
    [InlineData("SETUP", "rtsp://h/off", "Transport: " + Udp, 503)]
    [InlineData("SETUP", "rtsp://h/stream=0", "Transport: " + Udp, 404)]
    [InlineData("SETUP", Demo + "/trackID=1", "Transport: " + Udp, 404)]
    [InlineData("SETUP", Demo, "X: y", 400)]
    [InlineData("SETUP", Demo, "Transport: RTP/AVP;multicast", 461)]
    [InlineData("SETUP", Demo, "Transport: RTP/SAVP;unicast;client_port=5000-5001", 461)]
    [InlineData("SETUP", Demo, "Transport: RTP/AVP;unicast", 461)]
    [InlineData("SETUP", Demo, "Transport: RTP/AVP;unicast;client_port=0-1", 461)]
    [InlineData("SETUP", Demo, "Transport: RTP/AVP;unicast;client_port=53-54", 461)]
    [InlineData("SETUP", Demo, "Transport: RTP/AVP;unicast;client_port=5000-5003", 461)]
    [InlineData("SETUP", Demo, "Transport: RTP/AVP;unicast;client_port=5001-5000", 461)]
    [InlineData("SETUP", Demo, "Transport: RTP/AVP;unicast;client_port=65535", 461)]
    [InlineData("SETUP", Demo, "Transport: RTP/AVP/TCP;interleaved=0-5", 461)]
    [InlineData("SETUP", Demo, "Transport: " + Udp + ";mode=record", 455)]
    [InlineData("SETUP", Demo, "Transport: " + Udp + ";destination=192.0.2.99", 403)]
    [InlineData("SETUP", Demo, "Transport: " + Udp + ";destination=victim.example", 403)]
    [InlineData("PLAY", Demo, "X: y", 454)]
    [InlineData("PLAY", Demo, "Session: 0123456789ABCDEF0123456789ABCDEF", 454)]
    [InlineData("OPTIONS", Demo, "Session: x", 454)]
    [InlineData("OPTIONS", Demo, "Session: x\r\nSession: x", 400)]
    [InlineData("TEARDOWN", Demo, "Session: ", 454)]
    [InlineData("ANNOUNCE", Demo, "X: y", 400)]
    [InlineData("RECORD", Demo, "X: y", 454)]
    [InlineData("REDIRECT", Demo, "X: y", 405)]
    [InlineData("FROB", Demo, "X: y", 501)]
    [InlineData("OPTIONS", Demo, "Require: implicit-play", 551)]
    [InlineData("SETUP", Demo, "Proxy-Require: gzipped-messages", 551)]
    public void RefusesAndReservesNothing(string method, string url, string header, int status)
    {
        var reply = _peer.Ask(method, url, header);
        Assert.Equal(status, reply.Status);
        Assert.Equal(0, _admission.Admissions);
        Assert.Equal(RtspVerdict.Continue, _peer.Verdict);
        Assert.Equal(status == 405, reply.Headers.ContainsKey("Allow"));
        Assert.Equal(1, _peer.Counters.Refusals);
    }

    [Fact]
    public void UnsupportedNamesTheTag() => Assert.Equal("implicit-play", _peer.Ask("OPTIONS", "*", "Require: implicit-play")["Unsupported"]);

    [Fact]
    public void SetupOverUdpReservesForThePeerItself()
    {
        var reply = _peer.Setup(Demo, "RTP/SAVP;unicast;client_port=1-2,RTP/AVP;multicast," + Udp + ";destination=192.0.2.10");
        Assert.Equal(200, reply.Status);
        Assert.Equal("RTP/AVP;unicast;client_port=5000-5001;server_port=6970-6971;ssrc=0000ABCE", reply["Transport"]);
        Assert.Equal("rtsp://h:8554/Demo/", reply["Content-Base"]);
        Assert.Matches("^[0-9A-F]{32};timeout=60$", reply["Session"]);
        Assert.Equal(new ClientRequest(FakeAdmission.Demo, FakeAdmission.Peer, ClientTransport.Udp, new(5000, 5001)), _admission.LastRequest);
    }

    [Fact]
    public void SetupInterleavedTakesTheWishedChannels()
    {
        var reply = _peer.Setup(Demo + "/trackID=0", "RTP/AVP/TCP;unicast;interleaved=4-5");
        Assert.Equal("RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=0000ABCE", reply["Transport"]);
        Assert.Equal((ClientTransport.Interleaved, 4), (_admission.LastRequest.Transport, _admission.LastRequest.Ports.Rtp));
    }

    [Fact]
    public void TwoInterleavedSessionsOfOneConnectionGetDifferentChannels()
    {
        Assert.Contains("interleaved=0-1", _peer.Setup(Demo, "RTP/AVP/TCP;interleaved=0-1")["Transport"], StringComparison.Ordinal);
        _peer.Session = null;
        Assert.Contains("interleaved=2-3", _peer.Setup("rtsp://h/radio.1", "RTP/AVP/TCP;interleaved=1-2")["Transport"], StringComparison.Ordinal);
        Assert.Equal(2, _peer.Core.SessionCount);
    }

    [Fact]
    public void SetupWithoutSlotsIs453AndKeepsWhatThereWas()
    {
        var peer = new RtspPeer(new FakeAdmission(slots: 1));
        Assert.Equal(200, peer.Setup().Status);
        Assert.Equal(453, peer.Setup().Status);
        Assert.Equal(200, peer.Ask("PLAY", Demo).Status);
    }

    [Fact]
    public void SessionsPerConnectionAreLimited()
    {
        for (var i = 0; i < RtspServerOptions.Default.SessionsPerConnectionMax; i++)
        {
            _peer.Session = null;
            Assert.Equal(200, _peer.Setup().Status);
            Assert.Equal(200, _peer.Ask("PLAY", Demo).Status);
        }
        _peer.Session = null;
        Assert.Equal(453, _peer.Setup().Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]                                        // ffmpeg that falls back to TCP forgets the id
    public void ASecondSetupReplacesTheFirst(bool namesTheSession)
    {
        _peer.Setup();
        var first = _peer.Session;
        if (!namesTheSession)
            _peer.Session = null;
        Assert.Equal(200, _peer.Setup(Demo, "RTP/AVP/TCP;interleaved=0-1").Status);
        Assert.Equal((2, 1, 1), (_admission.Admissions, _admission.Reserved, _peer.Core.SessionCount));
        Assert.Equal(namesTheSession, first == _peer.Session);
        Assert.Equal(200, _peer.Ask("PLAY", Demo).Status);
        Assert.Equal(455, _peer.Setup().Status);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("npt=now-", null)]
    [InlineData("npt=0.000-", "1.000")]
    [InlineData("npt=30-40", "2")]
    public void PlaySaysWhereItBegins(string? range, string? scale)
    {
        _peer.Setup();
        string?[] headers = [range is null ? null : $"Range: {range}", scale is null ? null : $"Scale: {scale}"];
        var reply = _peer.Ask("PLAY", Demo + "/", [.. headers.OfType<string>()]);
        Assert.Equal((200, "npt=now-", "url=rtsp://h:8554/Demo/trackID=0;seq=1001;rtptime=90000"), (reply.Status, reply["Range"], reply["RTP-Info"]));
        Assert.Equal(scale is null ? null : "1", reply.Headers.GetValueOrDefault("Scale"));
        var command = Assert.Single(_peer.Commands);
        Assert.Equal((SessionCommandKind.Play, 1001, 90_000u), (command.Kind, command.FirstSequence, command.FirstTimestamp));
    }

    [Theory]
    [InlineData("clock=19961108T142300Z-", 457)]
    [InlineData("npt=x-", 457)]
    [InlineData("smpte=10:12:33:20-", 456)]
    [InlineData("bytes=0-1", 456)]
    public void PlayOfATimeThatIsNotKeptIsRefused(string range, int status)
    {
        _peer.Setup();
        var reply = _peer.Ask("PLAY", Demo, "Range: " + range);
        Assert.Equal((status, status == 456 ? "npt, clock" : null), (reply.Status, reply.Headers.GetValueOrDefault("Accept-Ranges")));
        Assert.Equal(0, _admission.Playing);
    }

    [Theory]
    [InlineData(Demo)]
    [InlineData(Demo + "/")]
    [InlineData(Demo + "/trackID=0")]
    [InlineData(Demo + "/stream=0")]
    [InlineData("rtsp://h:8554/demostream=0")]
    [InlineData("rtsp://h:8554/stream=0")]
    [InlineData("rtsp://other:554/")]
    public void PlayFindsItsSessionByIdOnAnyOfItsUrls(string url)
    {
        _peer.Setup();
        Assert.Equal(200, _peer.Ask("PLAY", url).Status);
        Assert.Equal(1, _admission.Playing);
    }

    [Fact]
    public void ASessionIsNotFoundOnAnotherChannelsUrl()
    {
        _peer.Setup();
        Assert.Equal(454, _peer.Ask("PLAY", "rtsp://h/radio.1").Status);
        Assert.Equal(404, _peer.Ask("PLAY", Demo + "/trackID=1").Status);
        Assert.Equal(0, _admission.Playing);
    }

    [Fact]
    public void PlayWhilePlayingStartsNothing()
    {
        _peer.Setup();
        _peer.Ask("PLAY", Demo);
        var reply = _peer.Ask("PLAY", Demo);
        Assert.Equal(200, reply.Status);
        Assert.DoesNotContain("RTP-Info", reply.Headers.Keys);
        Assert.Single(_peer.Commands);
    }

    [Fact]
    public void ParametersAreNotUnderstoodButAnEmptyQuestionIs()
    {
        Assert.Equal(200, _peer.Ask("GET_PARAMETER", Demo).Status);
        Assert.Equal(451, Assert.Single(_peer.SendText(
            $"SET_PARAMETER {Demo} RTSP/1.0\r\nCSeq: 9\r\nContent-Length: 8\r\n\r\nvolume\r\n")).Status);
    }

    [Fact]
    public void AnotherConnectionCannotUseTheSession()
    {
        _peer.Setup();
        _peer.Ask("PLAY", Demo);
        foreach (var address in (string[])["192.0.2.10", "192.0.2.66"])
        {
            var thief = new RtspPeer(_admission, address: address) { Session = _peer.Session };
            foreach (var method in (string[])["PLAY", "PAUSE", "TEARDOWN", "SETUP", "GET_PARAMETER"])
                Assert.Equal(454, thief.Ask(method, Demo, "Transport: " + Udp).Status);
            thief.Disconnect();
        }
        Assert.Equal(1, _admission.Playing);
        Assert.Equal(200, _peer.Ask("PAUSE", Demo).Status);
    }

    [Fact]
    public void SessionIdsDifferAndAWrongDigitIsWrong()
    {
        _peer.Setup();
        var id = _peer.Session!;
        _peer.Session = null;
        _peer.Setup("rtsp://h/radio.1");
        Assert.NotEqual(id, _peer.Session);
        for (var i = 0; i < id.Length; i++)
            Assert.Equal(454, _peer.Ask("PLAY", Demo, $"Session: {id[..i]}{(id[i] == '0' ? '1' : '0')}{id[(i + 1)..]}").Status);
        Assert.Equal(454, _peer.Ask("PLAY", Demo, $"Session: {id[..^1]}").Status);
        Assert.Equal(200, _peer.Ask("PLAY", Demo, $"Session: {id};timeout=60").Status);
    }

    [Fact]
    public void InterleavedPacketsReachTheSessionOfTheirChannel()
    {
        _peer.Setup(Demo, "RTP/AVP/TCP;interleaved=2-3");
        Assert.Empty(_peer.SendBytes([(byte)'$', 3, 0, 2, 0x81, 0xC9, (byte)'$', 2, 0, 1, 0x80, (byte)'$', 7, 0, 1, 0x80]));
        Assert.Equal(["rtcp 81C9", "rtp 80"], _admission.Interleaved);
        Assert.Equal(1, _peer.Counters.Strays);
    }

    [Fact]
    public void AnIpv4PeerOnADualStackSocketIsAnIpv4Peer()
    {
        var peer = new RtspPeer(_admission, address: "::ffff:192.0.2.10");
        Assert.Equal(200, peer.Setup(Demo, Udp + ";destination=192.0.2.10").Status);
        Assert.Equal(FakeAdmission.Peer, _admission.LastRequest.PeerAddress);
    }
}
