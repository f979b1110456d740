using System.Net;
using System.Text;
using Sluice.Control.Rtsp;
using Sluice.Wire.Sdp;

namespace Sluice.Tests.Control.Rtsp;

public class ChannelSdpTests
{
    [Fact]
    public void ADestinationsDescriptionSaysWhereItGoes()
    {
        var session = ChannelSdp.ForDestination(
            FakeAdmission.Radio, new SdpOrigin("-", 7, 8, "192.0.2.1"), SdpConnection.To(IPAddress.Parse("239.9.9.9"), ttl: 8), ports: [5004]);
        Assert.Equal(
            "v=0\r\no=- 7 8 IN IP4 192.0.2.1\r\ns=radio.1\r\nc=IN IP4 239.9.9.9/8\r\nt=0 0\r\n"
            + "m=audio 5004 RTP/AVP 96\r\na=rtpmap:96 L24/48000/2\r\na=fmtp:96 x=1\r\n", Encoding.ASCII.GetString(SdpWriter.ToBytes(session)));
    }

    [Fact]
    public void AnIpv6PeerIsToldAnIpv6Address() =>
        Assert.Equal(new SdpConnection("::", IsIpv6: true), ChannelSdp.ForRtsp(FakeAdmission.Demo, isIpv6: true).Connection);
}
