using System.Net;
using System.Text;
using Sluice.Control.Announce;
using Sluice.Control.Rtsp;
using Sluice.Wire.Sdp;

namespace Sluice.Tests.Control.Announce;

public class OutputSdpTests
{
    private static readonly ChannelDescription s_news = new("news", MediaDescription.TransportStream);

    private static SdpDestination To(string group, string from = "192.0.2.1", int port = 5004) =>
        new(IPAddress.Parse(group), (ushort)port, IPAddress.Parse(from), 8);

    private static string Text(SdpSession session) => Encoding.UTF8.GetString(SdpWriter.ToBytes(session));

    [Fact]
    public void DescribesAGroup()
    {
        var session = OutputSdp.Make(s_news, To("239.9.9.9"), 17, "sluice 1");
        Assert.Equal($"v=0\r\no=- {session.Origin.SessionId} 17 IN IP4 192.0.2.1\r\ns=news\r\nc=IN IP4 239.9.9.9/8\r\nt=0 0\r\n"
            + "a=tool:sluice 1\r\na=recvonly\r\na=type:broadcast\r\nm=video 5004 RTP/AVP 33\r\na=rtpmap:33 MP2T/90000\r\n", Text(session));
    }

    [Fact]
    public void HasASectionForEachTrackThatGoesThere()
    {
        var tracks = s_news with
        {
            Tracks =
            [
                new MediaDescription(MediaKind.Video, 96, "H264", 90_000, FormatParameters: "packetization-mode=1"),
                new MediaDescription(MediaKind.Audio, 97, "MPEG4-GENERIC", 48_000, 2, "mode=AAC-hbr"),
            ],
        };
        var session = OutputSdp.Make(tracks, To("239.9.9.9") with { TrackPorts = [5004, 5010] }, 17, "sluice 1");
        Assert.EndsWith("c=IN IP4 239.9.9.9/8\r\nt=0 0\r\na=tool:sluice 1\r\na=recvonly\r\na=type:broadcast\r\n"
            + "m=video 5004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
            + "m=audio 5010 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/48000/2\r\na=fmtp:97 mode=AAC-hbr\r\n", Text(session));
        Assert.Equal(OutputSdp.Make(s_news, To("239.9.9.9"), 1, "x").Origin.SessionId, session.Origin.SessionId);
    }

    [Theory]
    [InlineData("232.1.1.1", "192.0.2.1", " incl IN IP4 232.1.1.1 192.0.2.1")]
    [InlineData("ff3e::4000:1", "2001:db8::1", " incl IN IP6 ff3e::4000:1 2001:db8::1")]
    [InlineData("ff35::1%3", "fe80::1%3", " incl IN IP6 ff35::1 fe80::1")]
    [InlineData("239.1.1.1", "192.0.2.1", null)]
    [InlineData("ff15::1", "2001:db8::1", null)]
    [InlineData("ff3e:30:2001:db8::1", "2001:db8::1", null)]
    public void NamesTheSourceOfASourceSpecificGroup(string group, string from, string? filter)
    {
        var attributes = OutputSdp.Make(s_news, To(group, from), 1, "x").Attributes;
        Assert.Equal(filter, attributes.SingleOrDefault(a => a.Name == "source-filter").Value);
    }

    [Fact]
    public void TheSessionIdBelongsToChannelAndDestination()
    {
        ulong Id(string name, SdpDestination to, ulong version = 1) => OutputSdp.Make(s_news with { Name = name }, to, version, "x").Origin.SessionId;
        var id = Id("news", To("239.9.9.9"));
        Assert.Equal(id, Id("NEWS", To("239.9.9.9"), version: 2));
        Assert.True(id <= long.MaxValue);
        ulong[] others =
        [
            Id("sports", To("239.9.9.9")), Id("news", To("239.9.9.8")), Id("news", To("239.9.9.9", port: 5006)), Id("news", To("239.9.9.9", "192.0.2.2")),
        ];
        Assert.Equal(5, others.Append(id).Distinct().Count());
    }

    [Fact]
    public void TheVersionRisesWhenTheTextChangesAndOnlyThen()
    {
        var descriptions = new OutputDescriptions("x");
        ulong Version(ChannelDescription channel, long second) => descriptions.Of(7, channel, To("239.9.9.9"), second).Origin.SessionVersion;
        Assert.Equal(1000ul, Version(s_news, 1000));
        Assert.Equal(1000ul, Version(s_news, 1060));
        var other = s_news with { Tracks = [new MediaDescription(MediaKind.Audio, 14, "MPA", 90_000)] };
        Assert.Equal(1070ul, Version(other, 1070));
        Assert.Equal(1071ul, Version(s_news, 900));        // the wall clock was set back
        descriptions.KeepOnly(new HashSet<ulong>());
        Assert.Equal(2000ul, Version(s_news, 2000));
    }
}
