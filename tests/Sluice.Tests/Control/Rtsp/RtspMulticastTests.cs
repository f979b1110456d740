using System.Net;
using Sluice.Control.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>SETUP of multicast: the group that is sent anyway, never one that somebody names, and no row for it.</summary>
public class RtspMulticastTests
{
    private const string Demo = "rtsp://h:8554/demo", Film = "rtsp://h:8554/film", Multicast = "RTP/AVP;multicast";

    private readonly FakeAdmission _admission = new()
    {
        Group = new MulticastGroup(IPAddress.Parse("239.9.9.9"), new PortPair(5004, 5005), 7, 0xABCD, IPAddress.Parse("192.0.2.1")),
    };

    private readonly RtspPeer _peer;

    public RtspMulticastTests() => _peer = new RtspPeer(_admission);

    [Theory]
    [InlineData(Multicast)]
    [InlineData("RTP/AVP;multicast;destination=192.0.2.77;port=9000-9001;ttl=255")]
    [InlineData("RTP/AVP;multicast;destination=239.1.1.1")]
    public void NamesTheGroupThatIsSentWhateverIsWished(string transport)
    {
        Assert.Equal("RTP/AVP;multicast;destination=239.9.9.9;source=192.0.2.1;port=5004-5005;ttl=7;ssrc=0000ABCD",
            _peer.Setup(Demo, transport)["Transport"]);
        var play = _peer.Ask("PLAY", Demo);
        Assert.Equal((200, false), (play.Status, play.Headers.ContainsKey("RTP-Info")));
        Assert.Equal((0, 1L), (_admission.Reserved, _peer.Counters.GroupTracks));
        Assert.Equal(200, _peer.Ask("PAUSE", Demo).Status);
        Assert.Equal(200, _peer.Ask("TEARDOWN", Demo).Status);
        Assert.Equal((0, 0L), (_peer.Commands.Count, _peer.Counters.GroupTracks));
    }

    [Fact]
    public void EndsWithItsConnectionOrItsTimeout()
    {
        _peer.Setup(Demo, Multicast);
        _peer.Disconnect();
        Assert.Equal(0, _peer.Counters.GroupTracks);
        _peer.Session = null;
        _peer.Setup(Demo, Multicast);
        _peer.Pass(10);
        Assert.Equal((0L, 1L), (_peer.Counters.GroupTracks, _peer.Counters.SessionsExpired));
    }

    [Fact]
    public void LivesBySignsOfLifeAsUdpDoes()
    {
        _peer.Setup(Demo, Multicast);
        _peer.Ask("PLAY", Demo);
        _peer.Pass(59);
        Assert.Equal(200, _peer.Ask("GET_PARAMETER", Demo).Status);
        _peer.Pass(59);
        Assert.Equal(1, _peer.Core.SessionCount);
        _peer.Pass(2);
        Assert.Equal(0, _peer.Core.SessionCount);
    }

    [Fact]
    public void WithoutAGroupTheNextAlternativeIsTaken()
    {
        _admission.Group = null;
        Assert.Equal(461, _peer.Setup(Demo, Multicast).Status);
        Assert.StartsWith("RTP/AVP/TCP;unicast", _peer.Setup(Demo, $"{Multicast},RTP/AVP/TCP;unicast;interleaved=0-1")["Transport"], StringComparison.Ordinal);
        Assert.Equal(1, _admission.Reserved);
    }

    [Fact]
    public void IsNeverInterleavedAndNeverBesideTls()
    {
        Assert.Equal(461, _peer.Setup(Demo, "RTP/AVP/TCP;multicast;interleaved=0-1").Status);
        var tls = new RtspPeer(_admission, options: RtspServerOptions.Default with { IsTls = true });
        Assert.Equal(461, tls.Setup("rtsps://h:8554/demo", Multicast).Status);
    }

    [Fact]
    public void TakesThePlaceOfAUnicastSetup()
    {
        _peer.Setup(Demo);
        _peer.Setup(Demo, Multicast);
        Assert.Equal((0, 1), (_admission.Reserved, _peer.Core.SessionCount));
    }

    /// <summary>One track is in a group, the other is not: the session has both, and commands go to the row alone.</summary>
    [Fact]
    public void OneTrackOfTwoMayBeInAGroup()
    {
        _peer.Setup(Film + "/trackID=0", Multicast);
        Assert.Equal(461, _peer.Setup(Film + "/trackID=1", Multicast).Status);
        _peer.Setup(Film + "/trackID=1");
        Assert.Equal("url=rtsp://h:8554/film/trackID=1;seq=1001;rtptime=90000", _peer.Ask("PLAY", Film)["RTP-Info"]);
        Assert.Equal([1], _admission.PlayingTracks);
        _peer.Ask("TEARDOWN", Film);
        Assert.Equal((0, 0L), (_admission.Reserved, _peer.Counters.GroupTracks));
    }
}
