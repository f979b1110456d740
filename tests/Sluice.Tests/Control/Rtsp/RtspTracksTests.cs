using System.Text;
using Sluice.Control.Rtsp;
using Sluice.Wire.Sdp;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>Sessions of several tracks under one control (RFC 2326 §1.3, §C.1.1).</summary>
public class RtspTracksTests
{
    private const string Film = "rtsp://h:8554/film";

    private readonly FakeAdmission _admission = new();
    private readonly RtspPeer _peer;

    public RtspTracksTests() => _peer = new RtspPeer(_admission);

    [Fact]
    public void DescribeListsASectionForEachTrack()
    {
        Assert.True(SdpReader.TryRead(Encoding.ASCII.GetBytes(_peer.Ask("DESCRIBE", Film).Body), out var session));
        Assert.Equal(["video", "audio"], session.Media.Select(media => media.Kind));
        Assert.Equal(["trackID=0", "trackID=1"], session.Media.Select(media => media.Attributes.First(attribute => attribute.Name == "control").Value));
    }

    [Fact]
    public void TheWholeOfSeveralTracksCannotBeSetUpAtOnce()
    {
        Assert.Equal(459, _peer.Setup(Film).Status);
        Assert.Equal(0, _admission.Reserved);
    }

    [Fact]
    public void ATrackThatIsNotThereIsNotFound()
    {
        Assert.Equal(404, _peer.Setup(Film + "/trackID=2").Status);
        Assert.Equal(404, _peer.Ask("DESCRIBE", Film + "/trackID=2").Status);
    }

    [Fact]
    public void TwoTracksArePlayedPausedAndEndedTogether()
    {
        var first = SetUpBoth();
        Assert.Equal(_admission.LastRequest.Sibling, first);
        var play = _peer.Ask("PLAY", Film);
        Assert.Equal(
            "url=rtsp://h:8554/film/trackID=0;seq=1001;rtptime=90000,url=rtsp://h:8554/film/trackID=1;seq=1002;rtptime=90000", play["RTP-Info"]);
        Assert.Equal([0, 1], _admission.PlayingTracks);
        Assert.Equal(200, _peer.Ask("PAUSE", Film).Status);
        Assert.Empty(_admission.PlayingTracks);
        Assert.Equal(200, _peer.Ask("PLAY", Film).Status);
        Assert.Equal(200, _peer.Ask("TEARDOWN", Film).Status);
        Assert.Equal((0, 0), (_admission.Reserved, _peer.Core.SessionCount));
    }

    [Theory]
    [InlineData("PLAY")]
    [InlineData("PAUSE")]
    public void OneTrackOfSeveralIsNotPlayedOrPausedAlone(string method)
    {
        SetUpBoth();
        _peer.Ask("PLAY", Film);
        Assert.Equal(460, _peer.Ask(method, Film + "/trackID=1").Status);
    }

    [Fact]
    public void OneTrackMayEndWhileTheOtherPlaysOn()
    {
        SetUpBoth();
        _peer.Ask("PLAY", Film);
        Assert.Equal(_peer.Session, _peer.Ask("TEARDOWN", Film + "/trackID=0")["Session"].Split(';')[0]);
        Assert.Equal([1], _admission.PlayingTracks);
        Assert.Equal(404, _peer.Ask("TEARDOWN", Film + "/trackID=0").Status);
        Assert.Equal(200, _peer.Ask("TEARDOWN", Film + "/trackID=1").Status);
        Assert.Equal((0, 0), (_admission.Reserved, _peer.Core.SessionCount));
        Assert.Equal(454, _peer.Ask("PLAY", Film).Status);
    }

    [Fact]
    public void InterleavedTracksGetChannelsOneAfterTheOther()
    {
        Assert.Contains("interleaved=0-1", _peer.Setup(Film + "/trackID=0", "RTP/AVP/TCP;unicast")["Transport"]);
        Assert.Contains("interleaved=2-3", _peer.Setup(Film + "/trackID=1", "RTP/AVP/TCP;unicast")["Transport"]);
        _peer.Ask("PLAY", Film);
        _peer.SendBytes([0x24, 3, 0, 1, 0xAB]);
        Assert.Equal(["rtcp AB"], _admission.Interleaved);
    }

    [Fact]
    public void ATrackThatIsSetUpAgainTakesItsOwnPlaceOnly()
    {
        SetUpBoth();
        Assert.Contains("interleaved=0-1", _peer.Setup(Film + "/trackID=1", "RTP/AVP/TCP;interleaved=0-1")["Transport"]);
        Assert.Equal(2, _admission.Reserved);
        Assert.Contains("interleaved=0-1", _peer.Setup(Film + "/trackID=1", "RTP/AVP/TCP;interleaved=0-1")["Transport"]);
        Assert.Equal(2, _admission.Reserved);
        _peer.Ask("PLAY", Film);
        Assert.Equal([0, 1], _admission.PlayingTracks);
    }

    [Fact]
    public void ASetupWithoutSessionTakesThePlaceOfAllThatItsForerunnerReserved()
    {
        SetUpBoth();
        _peer.Session = null;
        _peer.Setup(Film + "/trackID=1", "RTP/AVP/TCP;unicast");
        Assert.Equal((1, 1), (_admission.Reserved, _peer.Core.SessionCount));
    }

    [Fact]
    public void AClientThatGoesLeavesNoTrackBehind()
    {
        SetUpBoth();
        _peer.Ask("PLAY", Film);
        _peer.Disconnect();
        Assert.Equal(0, _admission.Reserved);
    }

    private Sluice.Control.ClientId? SetUpBoth()
    {
        _peer.Setup(Film + "/trackID=0");
        var session = _peer.Session;
        var first = new Sluice.Control.ClientId(0, 1);
        Assert.Equal(session, _peer.Setup(Film + "/trackID=1", "RTP/AVP;unicast;client_port=5002-5003")["Session"].Split(';')[0]);
        Assert.Equal(1, _peer.Core.SessionCount);
        return first;
    }
}
