using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Tests.Wire.Rtsp.Headers;

/// <summary>The small headers; Transport and Range have files of their own.</summary>
public class HeaderTests
{
    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    [Theory]
    [InlineData("0", 0u)]
    [InlineData("007", 7u)]
    [InlineData("2147483648", 2147483648u)]
    [InlineData("2147483649", null)]
    [InlineData("-1", null)]
    [InlineData("+1", null)]
    [InlineData("1 2", null)]
    [InlineData("1\0", null)]
    [InlineData("", null)]
    [InlineData("99999999999999999999", null)]
    public void CSeqIsANumberUpTo31Bits(string text, uint? number)
    {
        Assert.Equal(number is not null, CSeqHeader.TryParse(Bytes(text), out var header));
        Assert.Equal(number ?? 0, header.Number);
        Assert.Equal(header.Number.ToString(CultureInfo.InvariantCulture), header.ToString());
    }

    /// <summary>As received, as we write it, meaning.</summary>
    public static TheoryData<string, string, SessionHeader> SessionCases => new()
    {
        { "47112344; timeout=60", "47112344;timeout=60", new("47112344", TimeoutSeconds: 60) },
        { "47112344", "47112344", new("47112344") },
        { "a$-_.+b ;TIMEOUT=5;x=y", "a$-_.+b;timeout=5", new("a$-_.+b", TimeoutSeconds: 5) },
    };

    [Theory, MemberData(nameof(SessionCases))]
    public void SessionReadsAndWrites(string received, string written, SessionHeader meaning)
    {
        Assert.True(SessionHeader.TryParse(Bytes(received), out var header));
        Assert.Equal(meaning, header);
        Assert.Equal(written, header.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(";timeout=60")]
    [InlineData("a b")]
    [InlineData("a;timeout=x")]
    [InlineData("a;timeout=1;timeout=2")]
    [InlineData("\u00E9")]
    public void SessionRefuses(string received) => Assert.False(SessionHeader.TryParse(Bytes(received), out _));

    [Theory]
    [InlineData("1", 1.0, "1")]
    [InlineData("1.000000", 1.0, "1")]
    [InlineData("-2.5", -2.5, "-2.5")]
    [InlineData("0.", 0.0, "0")]
    public void ScaleReadsAndWrites(string received, double factor, string written)
    {
        Assert.True(ScaleHeader.TryParse(Bytes(received), out var header));
        Assert.Equal(factor, header.Factor);
        Assert.Equal(written, header.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("1e9")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1.2.3")]
    [InlineData("+1")]
    [InlineData(".5")]
    public void ScaleRefuses(string received) => Assert.False(ScaleHeader.TryParse(Bytes(received), out _));

    [Fact]
    public void PublicPassesOverWhatItDoesNotKnow()
    {
        Assert.True(PublicHeader.TryParse("PLAY, X-DANCE,OPTIONS"u8, out var header));
        Assert.Equal("OPTIONS, PLAY", header.ToString());
        Assert.False(PublicHeader.TryParse("PL AY"u8, out _));
    }

    [Theory]
    [InlineData("implicit-play", true)]
    [InlineData("a, b ,c", true)]
    [InlineData("", false)]
    [InlineData("a,,b", false)]
    [InlineData("a b", false)]
    [InlineData("a,b,c,d,e,f,g,h,i", false)]
    public void RequireReadsTokensOnly(string received, bool valid) => Assert.Equal(valid, RequireHeader.TryParse(Bytes(received), out _));

    [Theory]
    [InlineData("rtsp://h/a/", true)]
    [InlineData("rtsp://h/a b", false)]
    [InlineData("", false)]
    public void ContentBaseIsOneWord(string received, bool valid) => Assert.Equal(valid, ContentBaseHeader.TryParse(Bytes(received), out _));

    [Fact]
    public void RtpInfoReadsEveryTrack()
    {
        // The example of RFC 2326 §12.33.
        ReadOnlySpan<byte> rest = "url=rtsp://foo.com/bar.avi/streamid=0;seq=45102,\turl=rtsp://foo.com/bar.avi/streamid=1;seq=30211;rtptime=7"u8;
        Assert.True(RtpInfoHeader.TryReadNext(ref rest, out var first));
        Assert.True(RtpInfoHeader.TryReadNext(ref rest, out var second));
        Assert.False(RtpInfoHeader.TryReadNext(ref rest, out _));
        Assert.Equal(new RtpInfoHeader("rtsp://foo.com/bar.avi/streamid=0", 45102, null), first);
        Assert.Equal("url=rtsp://foo.com/bar.avi/streamid=1;seq=30211;rtptime=7", second.ToString());
    }

    [Theory]
    [InlineData("seq=1;rtptime=2")]
    [InlineData("url=a;seq=65536")]
    [InlineData("url=a;seq=1;seq=1")]
    [InlineData("url=a;rtptime=4294967296")]
    [InlineData("url=;seq=1")]
    public void RtpInfoRefuses(string received) => Assert.False(RtpInfoHeader.TryParse(Bytes(received), out _));

    [Fact]
    public void RtpInfoThatIsWrittenReadsBack() => Prop.ForAll(
        ArbMap.Default.ArbFor<ushort?>(), ArbMap.Default.ArbFor<uint?>(), (sequence, timestamp) =>
        {
            var header = new RtpInfoHeader("rtsp://h:8554/demo/trackID=0", sequence, timestamp);
            return RtpInfoHeader.TryParse(Bytes(header.ToString()), out var again) && again == header;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void AnyBytesAreReadWithoutThrow()
    {
        byte[][] seeds =
        [
            .. "RTP/AVP;unicast;client_port=1-2,RTP/AVP/TCP;interleaved=0-1;ssrc=12AB;mode=\"PLAY\"|47112344;timeout=60|npt=1:02:03.5-now|url=a;seq=1"
                .Split('|').Select(Bytes),
            Bytes("clock=19961108T142300.25Z-19961108T143520Z;time=19970123T143720Z"), Bytes("npt=0.000-"), Bytes("1.000"), Bytes("PLAY, PAUSE"),
        ];
        for (var seed = 0; seed < 5000; seed++)
        {
            var random = new Random(seed);
            var bytes = Mutator.Damage(seeds[random.Next(seeds.Length)], random);
            ReadOnlySpan<byte> rest = bytes;
            for (var i = 0; TransportHeader.TryReadNext(ref rest, out _); i++)
                Assert.True(i <= bytes.Length);
            _ = SessionHeader.TryParse(bytes, out _);
            _ = RtpInfoHeader.TryParse(bytes, out _);
            _ = ScaleHeader.TryParse(bytes, out _);
            _ = PublicHeader.TryParse(bytes, out _);
            _ = RequireHeader.TryParse(bytes, out _);
            if (RangeHeader.TryParse(bytes, out var range))
                Assert.True(RangeHeader.TryParse(Bytes(range.ToString()), out var again) && again == range, $"seed {seed}: {range}");
        }
    }
}
