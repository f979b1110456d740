using Sluice.Tests.Kit;
using Sluice.Wire.RandomAccess;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Wire.RandomAccess;

/// <summary>RFC 6184 payloads: where a decoder may start.</summary>
public class H264AccessTests
{
    public static TheoryData<string, string, AccessVerdict> Cases => new()
    {
        { "IDR slice of the first macroblock", "65 88 84", AccessVerdict.Picture },
        { "IDR slice of a later macroblock", "65 40 84", AccessVerdict.Media },
        { "IDR without a slice header", "65", AccessVerdict.Media },
        { "other slice", "41 9a 00", AccessVerdict.Media },
        { "SPS", "67 42 c0 0a", AccessVerdict.Preface },
        { "PPS", "68 ce 0f", AccessVerdict.Preface },
        { "SEI", "06 05 ff", AccessVerdict.Preface },
        { "access unit delimiter", "09 10", AccessVerdict.Preface },
        { "filler", "0c ff", AccessVerdict.Media },
        { "STAP-A of SPS and PPS", "78 0004 6742c00a 0003 68ce0f", AccessVerdict.Preface },
        { "STAP-A of SPS, PPS and IDR", "78 0004 6742c00a 0003 68ce0f 0003 658884", AccessVerdict.Picture },
        { "STAP-A of a slice", "78 0003 419a00", AccessVerdict.Media },
        { "STAP-A whose length runs out", "78 0004 6742c00a 0009 658884", AccessVerdict.Media },
        { "STAP-A of nothing but a length", "78 0000", AccessVerdict.Preface },
        { "STAP-B of an IDR", "79 0001 0003 658884", AccessVerdict.Picture },
        { "STAP-B that ends in its number", "79 00", AccessVerdict.Media },
        { "FU-A that begins an IDR", "7c 85 88 84", AccessVerdict.Picture },
        { "FU-A that begins a later slice of an IDR", "7c 85 40 84", AccessVerdict.Media },
        { "FU-A that goes on with an IDR", "7c 05 88 84", AccessVerdict.Media },
        { "FU-A that begins another slice", "7c 81 88 84", AccessVerdict.Media },
        { "FU-A of a long SEI", "7c 46 88 84", AccessVerdict.Preface },
        { "FU-A without data", "7c 85", AccessVerdict.Media },
        { "FU-B that begins an IDR", "7d 85 0001 88", AccessVerdict.Picture },
        { "MTAP", "7a 0000", AccessVerdict.Media },
        { "nothing", "", AccessVerdict.Media },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Judges(string what, string payload, AccessVerdict verdict) =>
        Assert.Equal((what, verdict), (what, H264Access.Judge(Convert.FromHexString(payload.Replace(" ", "", StringComparison.Ordinal)))));

    [Fact]
    public void FindsTheOneKeyPictureOfAnEncodersStream()
    {
        // ffmpeg: STAP-A of parameter sets and SEI, then the IDR; ten frames to the next one.
        var verdicts = HexVector.Load("rtp/ffmpeg-h264.hex").Select(vector =>
        {
            Assert.True(RtpPacket.TryParse(vector.Bytes, out var packet));
            return H264Access.Judge(packet.Payload);
        }).ToArray();
        var picture = Array.IndexOf(verdicts, AccessVerdict.Picture);
        Assert.All(verdicts[..picture], verdict => Assert.Equal(AccessVerdict.Preface, verdict));
        Assert.All(verdicts[(picture + 1)..], verdict => Assert.Equal(AccessVerdict.Media, verdict));
        Assert.NotEqual(0, picture);
    }

    [Fact]
    public void NeverThrowsOnAnyBytes() => AnyPayload.Try(payload => H264Access.Judge(payload));
}
