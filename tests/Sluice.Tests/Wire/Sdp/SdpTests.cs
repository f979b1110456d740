using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Tests.Wire.Rtsp;
using Sluice.Wire.Sdp;

namespace Sluice.Tests.Wire.Sdp;

public class SdpTests
{
    public static TheoryData<string> Vectors => new("rfc8866-section-5.sdp", "ffmpeg-5.1-multicast-h264.sdp", "ffmpeg-5.1-rtp-h264.sdp");

    private static byte[] Load(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", "sdp", name));

    private static SdpSession Read(byte[] text)
    {
        Assert.True(SdpReader.TryRead(text, out var session));
        return session;
    }

    [Theory, MemberData(nameof(Vectors))]
    public void WhatIsReadAndWrittenReadsTheSame(string name)
    {
        var once = SdpWriter.ToBytes(Read(Load(name)));
        Assert.Equal(Encoding.UTF8.GetString(once), Encoding.UTF8.GetString(SdpWriter.ToBytes(Read(once))));
    }

    [Fact]
    public void ReadsTheExampleOfRfc8866()
    {
        var session = Read(Load("rfc8866-section-5.sdp"));
        Assert.Equal("SDP Seminar", session.Name);
        Assert.Equal(new SdpOrigin("jdoe", 3724394400, 3724394405, "198.51.100.1"), session.Origin);
        Assert.Equal(["audio", "audio", "video"], session.Media.Select(media => media.Kind));
        Assert.Equal(new SdpConnection("2001:db8::2", IsIpv6: true), session.Media[2].Connection);
        Assert.True(session.Media[2].TryGetRtpMap(99, out var map));
        Assert.Equal(new SdpRtpMap(99, "h263-1998", 90000), map);
        Assert.True(session.Media[0].TryGetRtpMap(0, out map));
        Assert.Equal(new SdpRtpMap(0, "PCMU", 8000), map);
    }

    [Fact]
    public void ReadsWhatFfmpegWrites()
    {
        var session = Read(Load("ffmpeg-5.1-multicast-h264.sdp"));
        var media = Assert.Single(session.Media);
        Assert.Equal(("video", 5004, "RTP/AVP"), (media.Kind, media.Port, media.Protocol));
        Assert.True(media.TryGetRtpMap(96, out var map));
        Assert.Equal(new SdpRtpMap(96, "H264", 90000), map);
        Assert.Equal(new SdpConnection("239.9.9.9", Ttl: 8), session.Connection);
    }

    [Fact]
    public void ReadsFormatParametersAndControl()
    {
        var session = Read("""
            v=0
            o=- 1 2 IN IP4 192.0.2.1
            s=
            a=control:*
            m=video 0 RTP/AVP 96
            a=rtpmap:96 H264/90000
            a=fmtp:97 other
            a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LgHtoCgPaEAAADAAQ=,aM4wpIA=
            a=control:trackID=0
            a=x-anything:at:all
            """u8.ToArray());
        Assert.Equal("*", session.Control);
        Assert.Equal("trackID=0", session.Media[0].Control);
        Assert.Equal("packetization-mode=1;sprop-parameter-sets=Z0LgHtoCgPaEAAADAAQ=,aM4wpIA=", session.Media[0].FormatParameters(96));
        Assert.Null(session.Media[0].FormatParameters(9));
        Assert.Equal(new SdpAttribute("x-anything", "at:all"), session.Media[0].Attributes[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s=x\r\n")]
    [InlineData("v=1\r\no=- 1 1 IN IP4 h\r\n")]
    [InlineData("v=0\r\ns=x\r\n")]
    [InlineData("v=0\r\no=- 1 IN IP4 h\r\ns=x\r\n")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 h\r\ns=x\r\nq=1\r\n")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 h\r\ns=x\r\nno line\r\n")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 h\r\ns=x\r\nc=IN IP4 224.1.1.1/256\r\n")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 h\r\ns=x\r\nm=video 65536 RTP/AVP 33\r\n")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 h\r\ns=x\r\nm=video 5004 RTP/AVP\r\n")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 h\r\ns=x\0\r\n")]
    public void Refuses(string text) => Assert.False(SdpReader.TryRead(Encoding.UTF8.GetBytes(text), out _));

    [Theory]
    [InlineData("m=video 0 RTP/AVP 33\r\n", SdpLimits.MediaMax)]
    [InlineData("a=x:y\r\n", SdpLimits.AttributesMax)]
    public void HoldsTheLimits(string line, int max)
    {
        string Text(int count) => "v=0\r\no=- 1 1 IN IP4 h\r\ns=x\r\n" + string.Concat(Enumerable.Repeat(line, count));
        Assert.True(SdpReader.TryRead(Encoding.UTF8.GetBytes(Text(max)), out _));
        Assert.False(SdpReader.TryRead(Encoding.UTF8.GetBytes(Text(max + 1)), out _));
        Assert.False(SdpReader.TryRead(new byte[SdpLimits.BytesMax + 1], out _));
    }

    [Theory]
    [InlineData("192.0.2.1", "IN IP4 192.0.2.1")]
    [InlineData("239.9.9.9", "IN IP4 239.9.9.9/8")]
    [InlineData("ff15::1", "IN IP6 ff15::1")]
    public void ConnectionHasATtlForAnIpv4GroupOnly(string address, string expected)
    {
        var connection = SdpConnection.To(IPAddress.Parse(address), ttl: 8);
        Assert.Equal(expected, connection.ToString());
        Assert.True(SdpConnection.TryParse(expected, out var again));
        Assert.Equal(connection, again);
    }

    [Fact]
    public void NoTextStartsALineOfItsOwn()
    {
        var bytes = SdpWriter.ToBytes(new SdpSession("a\r\nm=video 1 RTP/AVP 33\0", SdpOrigin.Anonymous));
        Assert.Empty(Read(bytes).Media);
        Assert.Equal("a??m=video 1 RTP/AVP 33?", Read(bytes).Name);
    }

    [Fact]
    public void WhatIsWrittenReadsBack()
    {
        var texts = ArbMap.Default.GeneratorFor<NonEmptyString>()
            .Select(text => string.Concat(text.Get.Where(c => !char.IsControl(c) && !char.IsSurrogate(c))) + "x");
        var attributes = (from name in Gen.Elements("control", "x-a", "tool") from value in Gen.OneOf(texts.Select(text => (string?)text), Gen.Constant<string?>(null)) select new SdpAttribute(name, value)).ArrayOf();
        var sessions = from name in texts from id in ArbMap.Default.GeneratorFor<ulong>() from ttl in ArbMap.Default.GeneratorFor<byte?>()
                       from session in attributes from section in attributes from port in ArbMap.Default.GeneratorFor<ushort>()
                       select new SdpSession(name, new SdpOrigin("-", id, id, "192.0.2.1"))
                       {
                           Connection = new SdpConnection("239.1.1.1", Ttl: ttl), Attributes = session.Take(100).ToArray(),
                           Media = [new SdpMedia("video", port, "RTP/AVP", ["33", "96"]) { Attributes = section.Take(100).ToArray() }],
                       };
        Prop.ForAll(sessions.ToArbitrary(), session => Same(session, Read(SdpWriter.ToBytes(session)))).QuickCheckThrowOnFailure();
    }

    private static bool Same(SdpSession a, SdpSession b) =>
        a.Name == b.Name && a.Origin == b.Origin && a.Connection == b.Connection && a.Attributes.SequenceEqual(b.Attributes)
        && a.Media.Count == b.Media.Count && a.Media.Zip(b.Media).All(pair =>
            pair.First.ToString() == pair.Second.ToString() && pair.First.Attributes.SequenceEqual(pair.Second.Attributes));

    [Fact]
    public void AnyBytesAreReadWithoutThrow()
    {
        byte[][] seeds = [.. ((IEnumerable<object[]>)Vectors).Select(row => Load((string)row[0]))];
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            if (SdpReader.TryRead(Mutator.Damage(seeds[random.Next(seeds.Length)], random), out var session))
                Assert.True(SdpReader.TryRead(SdpWriter.ToBytes(session), out _), $"seed {seed}");
        }
    }
}
