using Sluice.Control.Configuration;
using Sluice.Control.Rtsp;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>Names that are elsewhere, and what a TLS connection does not give.</summary>
public class RtspRedirectTests
{
    private static readonly Dictionary<string, RedirectConfig> s_redirects = new(StringComparer.OrdinalIgnoreCase)
    {
        ["old"] = new("rtsp://10.0.0.2:8554/news"),
        ["gone"] = new("rtsps://other.example/news", IsPermanent: true),
    };

    private static RtspPeer Peer(bool isTls = false) =>
        new(new FakeAdmission(), options: RtspServerOptions.Default with { Redirects = s_redirects, IsTls = isTls });

    [Theory]
    [InlineData("DESCRIBE", "rtsp://h/OLD", 302, "rtsp://10.0.0.2:8554/news")]
    [InlineData("SETUP", "rtsp://h/old/trackID=0", 302, "rtsp://10.0.0.2:8554/news")]
    [InlineData("DESCRIBE", "rtsp://h/gone", 301, "rtsps://other.example/news")]
    public void SaysWhere(string method, string url, int status, string location)
    {
        var reply = Peer().Ask(method, url, "Transport: RTP/AVP;unicast;client_port=5000-5001");
        Assert.Equal((status, location), (reply.Status, reply["Location"]));
    }

    [Fact]
    public void WhatIsNowhereIs404() => Assert.Equal(404, Peer().Ask("DESCRIBE", "rtsp://h/other").Status);

    [Fact]
    public void OverTlsMediaStaysInTheConnection()
    {
        var peer = Peer(isTls: true);
        Assert.Equal(461, peer.Setup("rtsps://h:8322/demo").Status);
        var both = peer.Setup("rtsps://h:8322/demo", "RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP;unicast;interleaved=0-1");
        Assert.StartsWith("RTP/AVP/TCP;unicast;interleaved=0-1", both["Transport"], StringComparison.Ordinal);
        Assert.Equal("rtsps://h:8322/Demo/", both["Content-Base"]);
        Assert.Contains("url=rtsps://h:8322/Demo/trackID=0", peer.Ask("PLAY", "rtsps://h:8322/demo")["RTP-Info"], StringComparison.Ordinal);
    }
}
