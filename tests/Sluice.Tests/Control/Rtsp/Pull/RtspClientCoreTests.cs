using System.Buffers;
using System.Text;
using Sluice.Control.Rtsp;
using Sluice.Control.Rtsp.Pull;
using Sluice.Linux;
using Sluice.Wire.Auth;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Tests.Control.Rtsp.Pull;

/// <summary>Pulling a source: against our own server, and against servers of other manners whose answers are written out.</summary>
public class RtspClientCoreTests
{
    private const string Url = "rtsp://h:8554/film";
    private const long SecondNs = 1_000_000_000;
    private const string Sdp = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=cam\r\nt=0 0\r\na=control:*\r\n"
        + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-vps=QAE=\r\na=control:track1\r\n"
        + "m=application 0 RTP/AVP 107\r\na=control:track2\r\n"
        + "m=audio 0 RTP/AVP 0\r\na=control:rtsp://h:8554/cam/track3\r\n";

    private readonly ArrayBufferWriter<byte> _said = new();
    private readonly List<string> _packets = [];
    private int _packetsMax = int.MaxValue;
    private MonotonicTime _now = new(SecondNs);

    [Theory]
    [InlineData(PullTransport.UdpThenTcp, false)]
    [InlineData(PullTransport.Tcp, true)]
    public void OurOwnServerPlaysEveryTrack(PullTransport transport, bool isTcp)
    {
        var admission = new FakeAdmission();
        var peer = new RtspPeer(admission);
        var core = Core(Url, transport);
        core.Start(_said, _now);
        for (var turns = 0; turns < 10 && !core.IsPlaying; turns++)
            Assert.Equal(PullVerdict.Continue, Hear(core, Answer(peer)));
        Assert.True(core.IsPlaying);
        Assert.Equal(isTcp, core.IsTcp);
        Assert.Equal([0, 1], admission.PlayingTracks);
        Assert.Equal(FakeAdmission.Film.Tracks, core.Tracks.Select(track => track.Media));
        Assert.Equal(isTcp ? null : new PortPair(6970, 6971), core.Tracks[1].ServerPorts);
        Assert.Equal(isTcp ? new PortPair(2, 3) : null, core.Tracks[1].Channels);
    }

    [Fact]
    public void SectionsThatSayNothingArePassedOverAndControlsAreResolved()
    {
        var core = Described();
        Assert.Equal(
            [new MediaDescription(MediaKind.Video, 96, "H265", 90_000, 1, "sprop-vps=QAE="), new MediaDescription(MediaKind.Audio, 0, "PCMU", 8_000)],
            core.Tracks.Select(track => track.Media));
        Assert.Equal(["rtsp://h:8554/film/track1", "rtsp://h:8554/cam/track3"], core.Tracks.Select(track => track.Url));
    }

    [Theory]
    [InlineData("H26\u001b[31m4/90000", "sprop")]
    [InlineData("H264 <b>/90000", "sprop")]
    [InlineData("H264/90000", "sprop=\u0007")]
    public void NamesThatAreNoNamesArePassedOver(string map, string parameters)
    {
        var core = Core(Url, PullTransport.UdpThenTcp);
        core.Start(_said, _now);
        Reply(core, 200);
        Reply(core, 200, "", Sdp.Replace("H265/90000", map, StringComparison.Ordinal).Replace("sprop-vps=QAE=", parameters, StringComparison.Ordinal));
        Assert.Equal(["PCMU"], core.Tracks.Select(track => track.Media.EncodingName));
    }

    [Theory]
    [InlineData(DigestAlgorithm.Md5)]
    [InlineData(DigestAlgorithm.Sha256)]
    public void AChallengeIsAnsweredOnceAndNeverWithThePassword(DigestAlgorithm algorithm)
    {
        var core = Core(Url, PullTransport.Tcp);
        core.Start(_said, _now);
        var challenge = $"WWW-Authenticate: {new DigestChallenge("cam", "abc", algorithm)}\r\n";
        Assert.Equal(PullVerdict.Continue, Reply(core, 401, challenge));
        var authorization = Header("Authorization");
        Assert.True(DigestCredentials.TryParse(Encoding.ASCII.GetBytes(authorization), out var proof));
        Assert.Equal(1u, proof.Count);
        Assert.Equal(DigestHash.Response(algorithm, DigestHash.Ha1(algorithm, "joe", "cam", "s3cret"), "OPTIONS"u8, proof.Uri, "abc"u8, "00000001"u8,
            proof.ClientNonce), Encoding.ASCII.GetString(proof.Response));
        Assert.DoesNotContain("s3cret", authorization, StringComparison.Ordinal);
        Assert.Equal(PullVerdict.Failed, Reply(core, 401, challenge));
        Assert.True(core.IsRefused);
        Assert.DoesNotContain("s3cret", core.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void AStaleNonceIsReplaced()
    {
        var core = Core(Url, PullTransport.Tcp);
        core.Start(_said, _now);
        Reply(core, 401, $"WWW-Authenticate: {new DigestChallenge("cam", "old", DigestAlgorithm.Md5)}\r\n");
        Assert.Equal(PullVerdict.Continue, Reply(core, 401, $"WWW-Authenticate: {new DigestChallenge("cam", "new", DigestAlgorithm.Md5, IsStale: true)}\r\n"));
        Assert.Contains("nonce=\"new\"", Header("Authorization"), StringComparison.Ordinal);
    }

    [Fact]
    public void BasicIsAnsweredWhenNothingElseIsOffered()
    {
        var core = Core(Url, PullTransport.Tcp);
        core.Start(_said, _now);
        Assert.Equal(PullVerdict.Continue, Reply(core, 401, "WWW-Authenticate: Basic realm=\"cam\"\r\n"));
        Assert.Equal(BasicCredentials.Write("joe", "s3cret"), Header("Authorization"));
        Assert.Equal(PullVerdict.Failed, Reply(core, 401, "WWW-Authenticate: Basic realm=\"cam\"\r\n"));
    }

    [Fact]
    public void AServerWithoutUdpIsAskedForFrames()
    {
        var core = Described();
        Assert.Contains("client_port=7000-7001", Header("Transport"), StringComparison.Ordinal);
        Reply(core, 461);
        Assert.Contains("RTP/AVP/TCP;unicast;interleaved=0-1", Header("Transport"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rtsp://other:554/cam", PullVerdict.Moved)]
    [InlineData("http://other/cam", PullVerdict.Failed)]
    [InlineData("rtsp://joe:s3cret@other/cam", PullVerdict.Failed)]
    public void ARedirectionIsToldAndOnlyOneToRtsp(string location, PullVerdict verdict)
    {
        var core = Core(Url, PullTransport.Tcp);
        core.Start(_said, _now);
        Assert.Equal(verdict, Reply(core, 302, $"Location: {location}\r\n"));
        Assert.Equal(verdict == PullVerdict.Moved ? location : null, core.Location);
    }

    [Fact]
    public void SignsOfLifeComeTwiceInATimeoutAndTheirAnswerDoesNotMatter()
    {
        var core = Playing("Session: 12;timeout=20\r\n");
        Assert.Equal(10 * SecondNs, core.NextDeadline.Ns - _now.Ns);
        for (var i = 0; i < 3; i++)
        {
            _now = core.NextDeadline;
            Assert.Equal(PullVerdict.Continue, core.OnDeadline(_said, _now));
            Assert.StartsWith("GET_PARAMETER rtsp://h:8554/film RTSP/1.0", Requests(), StringComparison.Ordinal);
            Assert.Equal(PullVerdict.Continue, Reply(core, i == 0 ? 451 : 200));
        }
    }

    [Fact]
    public void AServerThatDoesNotAnswerIsTakenForDead()
    {
        var core = Core(Url, PullTransport.Tcp);
        core.Start(_said, _now);
        Assert.Equal(PullVerdict.Continue, core.OnDeadline(_said, _now));
        _now = core.NextDeadline;
        Assert.Equal(PullVerdict.Failed, core.OnDeadline(_said, _now));
        Assert.Equal("no answer to OPTIONS in 10 s", core.Failure);
    }

    [Fact]
    public void FramesGoToTheirTrackAndStrangeOnesNowhere()
    {
        var core = Playing("Session: 12\r\n");
        Hear(core, [0x24, 0, 0, 1, 0xA0, 0x24, 3, 0, 1, 0xA3, 0x24, 9, 0, 1, 0xA9]);
        Assert.Equal(["0 rtp A0", "1 rtcp A3"], _packets);
    }

    [Fact]
    public void WhileThereIsNoRoomForAPacketNothingIsReadAndNothingLost()
    {
        var core = Playing("Session: 12\r\n");
        _packetsMax = 2;
        var input = new ReadOnlySequence<byte>([0x24, 0, 0, 1, 0xA0, 0x24, 0, 0, 1, 0xA1, 0x24, 0, 0, 1, 0xA2, 0x24, 0, 0, 1, 0xA3]);
        Assert.Equal(PullVerdict.Wait, core.Receive(ref input, _said, _now));
        Assert.Equal(PullVerdict.Wait, core.Receive(ref input, _said, _now));
        Assert.Equal(2, _packets.Count);
        _packetsMax = 9;
        Assert.Equal(PullVerdict.Continue, core.Receive(ref input, _said, _now));
        Assert.Equal(["0 rtp A0", "0 rtp A1", "0 rtp A2", "0 rtp A3"], _packets);
    }

    [Theory]
    [InlineData("OPTIONS", "200", PullVerdict.Continue, null)]
    [InlineData("PLAY", "501", PullVerdict.Continue, null)]
    [InlineData("ANNOUNCE", "200", PullVerdict.Failed, "another description")]
    [InlineData("TEARDOWN", "200", PullVerdict.Failed, "ended the session")]
    [InlineData("REDIRECT", "200", PullVerdict.Moved, null)]
    public void WhatTheServerAsksIsAnsweredAndHeeded(string method, string status, PullVerdict verdict, string? failure)
    {
        var core = Playing("Session: 12\r\n");
        _said.ResetWrittenCount();
        Assert.Equal(verdict, Hear(core, Encoding.ASCII.GetBytes($"{method} rtsp://h/film RTSP/1.0\r\nCSeq: 7\r\nLocation: rtsp://other/film\r\n\r\n")));
        Assert.StartsWith($"RTSP/1.0 {status} ", Requests(), StringComparison.Ordinal);
        Assert.Equal("7", Header("CSeq"));
        Assert.Contains(failure ?? "", core.Failure ?? "", StringComparison.Ordinal);
        Assert.Equal(method == "REDIRECT" ? "rtsp://other/film" : null, core.Location);
    }

    [Fact]
    public void DamagedAnswersNeverThrow()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var core = Core(Url, PullTransport.UdpThenTcp);
            core.Start(_said, _now);
            var body = Encoding.ASCII.GetBytes(Sdp);
            byte[] talk = [
                .. "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE, GET_PARAMETER\r\n\r\n"u8,
                .. Encoding.ASCII.GetBytes($"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: {body.Length}\r\n\r\n"), .. body,
                .. "RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 1;timeout=5\r\nTransport: RTP/AVP;unicast;client_port=7000-7001;server_port=5-6\r\n\r\n"u8];
            Hear(core, Wire.Rtsp.Mutator.Damage(talk, random));
        }
    }

    private RtspClientCore Described()
    {
        var core = Core(Url, PullTransport.UdpThenTcp);
        core.Start(_said, _now);
        Reply(core, 200, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER\r\n");
        Reply(core, 200, "Content-Base: rtsp://h:8554/film\r\n", Sdp);
        return core;
    }

    private RtspClientCore Playing(string session)
    {
        var core = Described();
        Reply(core, 461);
        Reply(core, 200, session + "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
        Reply(core, 200, session + "Transport: RTP/AVP/TCP;unicast;interleaved=2-3\r\n");
        Reply(core, 200, session);
        Assert.True(core.IsPlaying);
        return core;
    }

    private RtspClientCore Core(string url, PullTransport transport) => new(
        new PullPlan(url, "joe", "s3cret", transport, TracksMax: 2),
        (track, isRtcp, packet) => _packets.Add($"{track} {(isRtcp ? "rtcp" : "rtp")} {Convert.ToHexString(packet)}"))
    {
        HasRoom = () => _packets.Count < _packetsMax,
    };

    /// <summary>What was asked since the last answer.</summary>
    private string Requests() => Encoding.ASCII.GetString(_said.WrittenSpan);

    private string Header(string name) => Requests().Split("\r\n").First(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..];

    private PullVerdict Reply(RtspClientCore core, int status, string headers = "", string body = "")
    {
        var cseq = Header("CSeq");
        _said.ResetWrittenCount();
        var length = body.Length == 0 ? "" : $"Content-Length: {body.Length}\r\n";
        return Hear(core, Encoding.ASCII.GetBytes($"RTSP/1.0 {status} X\r\nCSeq: {cseq}\r\n{headers}{length}\r\n{body}"));
    }

    private byte[] Answer(RtspPeer peer)
    {
        var before = peer.Said.Length;
        peer.SendText(Requests());
        _said.ResetWrittenCount();
        return Encoding.Latin1.GetBytes(peer.Said.ToString(before, peer.Said.Length - before));
    }

    private PullVerdict Hear(RtspClientCore core, byte[] bytes)
    {
        var input = new ReadOnlySequence<byte>(bytes);
        var verdict = core.Receive(ref input, _said, _now);
        if (verdict != PullVerdict.Described)
            return verdict;
        core.SetUp([new PortPair(7000, 7001), new PortPair(7002, 7003)], _said, _now);
        return core.Receive(ref input, _said, _now);
    }
}
