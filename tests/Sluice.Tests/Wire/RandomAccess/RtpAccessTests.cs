using Sluice.Wire.RandomAccess;

namespace Sluice.Tests.Wire.RandomAccess;

/// <summary>Which codec is looked at how, and those that need no file of their own.</summary>
public class RtpAccessTests
{
    [Theory]
    [InlineData("MP2T", false, AccessCodec.MpegTs)]
    [InlineData("h264", false, AccessCodec.H264)]
    [InlineData("H265", false, AccessCodec.H265)]
    [InlineData("MPV", false, AccessCodec.Mpeg2Video)]
    [InlineData("JPEG", false, AccessCodec.Jpeg)]
    [InlineData("VP8", false, AccessCodec.Vp8)]
    [InlineData("VP9", false, AccessCodec.Unknown)]
    [InlineData("PCMU", true, AccessCodec.Everywhere)]
    [InlineData("mpeg4-generic", false, AccessCodec.Everywhere)]
    [InlineData("opus", true, AccessCodec.Everywhere)]
    public void KnowsTheCodecByItsName(string encoding, bool isAudio, AccessCodec codec) => Assert.Equal(codec, RtpAccess.CodecOf(encoding, isAudio));

    public static TheoryData<AccessCodec, string, AccessVerdict> Cases => new()
    {
        { AccessCodec.Unknown, "65 88", AccessVerdict.Media },
        { AccessCodec.Everywhere, "00", AccessVerdict.Picture },
        { AccessCodec.MpegTs, "47 40 00", AccessVerdict.Media },
        { AccessCodec.H264, "65 88", AccessVerdict.Picture },
        { AccessCodec.H265, "26 01 af", AccessVerdict.Picture },
        { AccessCodec.Mpeg2Video, "00 00 39 00 000001b3", AccessVerdict.Picture },
        { AccessCodec.Mpeg2Video, "00 00 1a 00 00000101", AccessVerdict.Media },
        { AccessCodec.Mpeg2Video, "00 00 39 00", AccessVerdict.Media },
        { AccessCodec.Jpeg, "00 000000 01 40 28 1e 00", AccessVerdict.Picture },
        { AccessCodec.Jpeg, "00 000580 01 40 28 1e 00", AccessVerdict.Media },
        { AccessCodec.Jpeg, "00 000000 01 40 28 1e", AccessVerdict.Media },
        { AccessCodec.Vp8, "10 50 07 00", AccessVerdict.Picture },
        { AccessCodec.Vp8, "10 51 07 00", AccessVerdict.Media },
        { AccessCodec.Vp8, "00 50 07 00", AccessVerdict.Media },
        { AccessCodec.Vp8, "11 50 07 00", AccessVerdict.Media },
        { AccessCodec.Vp8, "90 80 22 50", AccessVerdict.Picture },
        { AccessCodec.Vp8, "90 80 a2 33 50", AccessVerdict.Picture },
        { AccessCodec.Vp8, "90 f0 a2 33 01 40 51", AccessVerdict.Media },
        { AccessCodec.Vp8, "90 80 22", AccessVerdict.Media },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Judges(AccessCodec codec, string payload, AccessVerdict verdict) =>
        Assert.Equal(verdict, RtpAccess.Judge(codec, Convert.FromHexString(payload.Replace(" ", "", StringComparison.Ordinal))));

    [Fact]
    public void NeverThrowsOnAnyBytes() => AnyPayload.Try(payload =>
    {
        foreach (var codec in Enum.GetValues<AccessCodec>())
            RtpAccess.Judge(codec, payload);
    });
}
