using System.Text;
using Sluice.Control.Offsets;
using Sluice.Control.Rtsp;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>ANNOUNCE, SETUP with mode=record, RECORD (RFC 2326 §10.3, §10.11): a publisher's side of a connection.</summary>
public class RtspRecordTests
{
    private const string Demo = "rtsp://h:8554/demo";
    private const string Udp = "RTP/AVP/UDP;unicast;client_port=5000-5001;mode=record", Tcp = "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record";

    internal const string OneTrack = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\na=control:streamid=0\r\n";

    private const string TwoTracks = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\na=control:*\r\n"
        + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:rtsp://h:8554/demo/trackID=1\r\n"
        + "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/48000/2\r\na=control:trackID=2\r\n";

    private readonly FakeAdmission _admission = new();
    private readonly RtspPeer _peer;

    public RtspRecordTests() => _peer = new RtspPeer(_admission);

    [Fact]
    public void APublisherOfTwoTracksComesAndGoes()
    {
        Assert.Equal(200, _peer.Announce(Demo, TwoTracks).Status);
        Assert.Equal("RTP/AVP/UDP;unicast;client_port=5000-5001;server_port=6980-6981;mode=\"RECORD\"", _peer.Setup(Demo + "/trackID=1", Udp)["Transport"]);
        Assert.Equal(("H264", 0), (_admission.LastPublished.Channel.Tracks[0].EncodingName, _admission.LastPublished.Track));
        Assert.Equal("RTP/AVP/TCP;unicast;interleaved=0-1;mode=\"RECORD\"", _peer.Setup(Demo + "/trackID=2", Tcp)["Transport"]);
        var published = _admission.LastPublished;
        Assert.Equal(("Demo", 1, FakeAdmission.Peer), (published.Channel.Name, published.Track, published.PeerAddress));
        Assert.Equal((2, 0), (_admission.Published, _admission.Recording));
        Assert.Equal("npt=now-", _peer.Ask("RECORD", Demo, "Range: npt=0.000-")["Range"]);
        Assert.Equal(2, _admission.Recording);
        Assert.Equal(200, _peer.Ask("PAUSE", Demo).Status);
        Assert.Equal(0, _admission.Recording);
        Assert.Equal(200, _peer.Ask("RECORD", Demo).Status);
        Assert.Equal(200, _peer.Ask("TEARDOWN", Demo).Status);
        Assert.Equal((0, 0), (_admission.Published, _peer.Core.SessionCount));
    }

    [Fact]
    public void WhatTheDescriptionSaysOfOffsetsIsToldWhenItRecords()
    {
        var sdp = OneTrack.Replace("t=0 0\r\n", "t=0 0\r\na=x-sluice-offset:5\r\n", StringComparison.Ordinal) + "a=x-sluice-offset:12.5 239.1.1.1:5004\r\n";
        Assert.Equal(200, _peer.Announce(Demo, sdp).Status);
        _peer.Setup(Demo, Tcp);
        Assert.Empty(_admission.Offsets);
        Assert.Equal(200, _peer.Ask("RECORD", Demo).Status);
        Assert.Equal([new ProviderOffset(5_000_000_000), new(12_500_000_000, "239.1.1.1:5004")], _admission.Offsets);
    }

    [Fact]
    public void RecordWithoutASessionNamesNone() => Assert.Equal(454, _peer.Ask("RECORD", Demo).Status);

    [Theory]
    [InlineData("", 400)]
    [InlineData("v=1\r\n", 400)]
    [InlineData("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n", 400)]
    [InlineData("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n", 400)]
    [InlineData("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/SAVP 33\r\na=control:streamid=0\r\n", 400)]
    [InlineData(OneTrack + "m=audio 0 RTP/AVP 14\r\n", 400)]
    [InlineData(OneTrack + "m=audio 0 RTP/AVP 14\r\na=control:streamid=0\r\n", 400)]
    [InlineData(OneTrack + "m=application 9 TCP 0\r\n", 400)]
    [InlineData(OneTrack + "a=x-sluice-offset:soon\r\n", 400)]
    public void ADescriptionThatCannotBeCarriedIsRefusedWithTheReason(string sdp, int status)
    {
        var reply = _peer.Announce(Demo, sdp);
        Assert.Equal(status, reply.Status);
        Assert.Contains("RTSP/1.0 400 the description", _peer.Said.ToString(), StringComparison.Ordinal);
        Assert.Equal(455, _peer.Setup(Demo, Tcp).Status);
    }

    [Fact]
    public void AHundredKilobytesOfDescriptionAreTooMuch()
    {
        var reply = Assert.Single(_peer.SendText($"ANNOUNCE {Demo} RTSP/1.0\r\nCSeq: 1\r\nContent-Type: application/sdp\r\nContent-Length: 100000\r\n\r\n"));
        Assert.Equal((413, RtspVerdict.Close), (reply.Status, _peer.Verdict));
    }

    [Fact]
    public void AnotherKindOfBodyIs415() => Assert.Equal(415, _peer.Announce(Demo, OneTrack, "text/plain").Status);

    [Theory]
    [InlineData("rtsp://h:8554/nowhere", 404)]
    [InlineData("rtsp://h:8554/radio.1", 403)]
    [InlineData("rtsp://h:8554/demo/streamid=0", 404)]
    [InlineData("*", 400)]
    public void OnlyAChannelThatTakesPublishersIsAnnounced(string url, int status) => Assert.Equal(status, _peer.Announce(url, OneTrack).Status);

    [Fact]
    public void ASecondPublisherIsRefusedAndMayComeLater()
    {
        _admission.IsTaken = true;
        Assert.Equal(403, _peer.Announce(Demo, OneTrack).Status);
        Assert.Contains("RTSP/1.0 403 taken\r\n", _peer.Said.ToString(), StringComparison.Ordinal);
        _admission.IsTaken = false;
        _peer.Announce(Demo, OneTrack);
        _admission.IsTaken = true;                             // somebody else was faster
        Assert.Equal((403, 0), (_peer.Setup(Demo, Tcp).Status, _admission.Published));
        _admission.IsTaken = false;
        Assert.Equal((200, 1), (_peer.Setup(Demo, Tcp).Status, _admission.Published));
    }

    [Theory]
    [InlineData("RTP/AVP;multicast;mode=record", 461)]
    [InlineData("RTP/AVP;unicast;mode=record", 461)]
    [InlineData("RTP/AVP;unicast;client_port=53-54;mode=record", 461)]
    [InlineData("RTP/AVP;unicast;client_port=5000-5001;mode=receive", 461)]
    [InlineData("RAW/RAW/UDP;unicast;mode=record,RTP/AVP;unicast;client_port=5000-5001;mode=\"RECORD\"", 200)]
    public void TransportsThatRecordAreTaken(string transport, int status)
    {
        _peer.Announce(Demo, OneTrack);
        Assert.Equal(status, _peer.Setup(Demo + "/streamid=0", transport).Status);
        Assert.Equal(status == 200 ? 1 : 0, _admission.Published);
    }

    [Fact]
    public void OverTlsOnlyInterleaved()
    {
        var peer = new RtspPeer(_admission, options: RtspServerOptions.Default with { IsTls = true });
        peer.Announce("rtsps://h:8554/demo", OneTrack);
        Assert.Equal(461, peer.Setup("rtsps://h:8554/demo", Udp).Status);
        Assert.Equal(200, peer.Setup("rtsps://h:8554/demo", Tcp).Status);
    }

    [Fact]
    public void TracksThatWereNotAnnouncedAreNotThere()
    {
        _peer.Announce(Demo, TwoTracks);
        Assert.Equal(404, _peer.Setup(Demo + "/trackID=0", Tcp).Status);
        Assert.Equal(459, _peer.Setup(Demo, Tcp).Status);
        Assert.Equal(200, _peer.Setup(Demo + "/trackID=1", Tcp).Status);
        Assert.Equal(455, _peer.Setup(Demo + "/trackID=1", Tcp).Status);
        Assert.Equal(404, _peer.Ask("TEARDOWN", Demo + "/trackID=2").Status);
        Assert.Equal(460, _peer.Ask("RECORD", Demo + "/trackID=1").Status);
        Assert.Equal(200, _peer.Ask("TEARDOWN", Demo + "/trackID=1").Status);
        Assert.Equal((0, 0), (_admission.Published, _peer.Core.SessionCount));
    }

    [Fact]
    public void AWallClockIsNoPlaceToRecordFrom()
    {
        SetUp();
        Assert.Equal((457, 0), (_peer.Ask("RECORD", Demo, "Range: clock=20261126T120000Z-").Status, _admission.Recording));
    }

    [Fact]
    public void EndsWithItsConnection()
    {
        SetUp();
        _peer.Ask("RECORD", Demo);
        _peer.Disconnect();
        Assert.Equal(0, _admission.Published);
    }

    [Fact]
    public void EndsWhenItNeverBegins()
    {
        SetUp();
        _peer.Pass(10);
        Assert.Equal((0, 1L), (_admission.Published, _peer.Counters.SessionsExpired));
    }

    /// <summary>Frames are nothing yet; what the host heard of them is.</summary>
    [Fact]
    public void EndsWhenNothingIsHeardWhateverIsFramed()
    {
        SetUp();
        _peer.Ask("RECORD", Demo);
        var client = _peer.Commands[^1].Client;
        _peer.Pass(9);
        _peer.Core.OnClientAlive(client, _peer.Now);
        _peer.Pass(9);
        _peer.SendBytes([(byte)'$', 0, 0, 3, 1, 2, 3]);
        Assert.Equal(("rtp 010203", 1), (Assert.Single(_admission.Interleaved), _admission.Recording));
        _peer.Pass(1);
        Assert.Equal(0, _admission.Published);
    }

    /// <summary>What finds no room stays with the connection, so that TCP slows its publisher down.</summary>
    [Fact]
    public void WaitsWhereTheEngineHasNoRoom()
    {
        SetUp();
        _peer.Ask("RECORD", Demo);
        _admission.Room = 2;
        byte[] frame = [(byte)'$', 0, 0, 1, 7];
        _peer.SendBytes([.. frame, .. frame, .. frame, .. frame]);
        Assert.Equal((RtspVerdict.Wait, 2), (_peer.Verdict, _admission.Interleaved.Count));
        _peer.SendBytes([.. frame]);
        Assert.Equal((RtspVerdict.Wait, 2), (_peer.Verdict, _admission.Interleaved.Count));
        _admission.Room = 100;
        Assert.Equal(200, _peer.Ask("TEARDOWN", Demo).Status);
        Assert.Equal((RtspVerdict.Continue, 5), (_peer.Verdict, _admission.Interleaved.Count));
    }

    private void SetUp()
    {
        _peer.Announce(Demo, OneTrack);
        Assert.Equal(200, _peer.Setup(Demo + "/streamid=0", Tcp).Status);
    }
}
