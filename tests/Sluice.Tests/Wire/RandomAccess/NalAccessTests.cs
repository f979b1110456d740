using Sluice.Tests.Kit;
using Sluice.Wire.RandomAccess;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Wire.RandomAccess;

/// <summary>RFC 6184 and RFC 7798 payloads: where a decoder may start.</summary>
public class NalAccessTests
{
    public static TheoryData<string, string, AccessVerdict> H264Cases => new()
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

    public static TheoryData<string, string, AccessVerdict> H265Cases => new()
    {
        { "IDR_W_RADL, first segment", "26 01 af", AccessVerdict.Picture },
        { "IDR_N_LP, first segment", "28 01 af", AccessVerdict.Picture },
        { "CRA, first segment", "2a 01 ac", AccessVerdict.Picture },
        { "BLA, first segment", "20 01 ac", AccessVerdict.Picture },
        { "IDR, later segment", "26 01 40", AccessVerdict.Media },
        { "IDR without a slice header", "26 01", AccessVerdict.Media },
        { "TRAIL_R", "02 01 d0", AccessVerdict.Media },
        { "RASL", "10 01 e1", AccessVerdict.Media },
        { "VPS", "40 01 0c", AccessVerdict.Preface },
        { "SPS", "42 01 01", AccessVerdict.Preface },
        { "PPS", "44 01 c1", AccessVerdict.Preface },
        { "delimiter", "46 01 50", AccessVerdict.Preface },
        { "prefix SEI", "4e 01 05", AccessVerdict.Preface },
        { "suffix SEI", "50 01 05", AccessVerdict.Media },
        { "AP of VPS and SPS", "60 01 0003 40010c 0003 420101", AccessVerdict.Preface },
        { "AP of parameter sets and an IDR", "60 01 0003 40010c 0003 2601af", AccessVerdict.Picture },
        { "AP of a slice", "60 01 0003 0201d0", AccessVerdict.Media },
        { "AP whose length runs out", "60 01 0003 40010c 0009 2601af", AccessVerdict.Media },
        { "FU that begins a CRA", "62 01 95 ac", AccessVerdict.Picture },
        { "FU that goes on with a CRA", "62 01 15 ac", AccessVerdict.Media },
        { "FU that begins a later segment of a CRA", "62 01 95 2c", AccessVerdict.Media },
        { "FU that begins a long SEI", "62 01 a7 05", AccessVerdict.Preface },
        { "FU that ends a long SEI", "62 01 67 2d", AccessVerdict.Preface },
        { "FU that begins another slice", "62 01 81 d0", AccessVerdict.Media },
        { "FU without data", "62 01 95", AccessVerdict.Media },
        { "PACI", "64 01 00 00", AccessVerdict.Media },
        { "one byte", "26", AccessVerdict.Media },
        { "nothing", "", AccessVerdict.Media },
    };

    [Theory, MemberData(nameof(H264Cases))]
    public void JudgesH264(string what, string payload, AccessVerdict verdict) =>
        Assert.Equal((what, verdict), (what, NalAccess.JudgeH264(Convert.FromHexString(payload.Replace(" ", "", StringComparison.Ordinal)))));

    [Theory, MemberData(nameof(H265Cases))]
    public void JudgesH265(string what, string payload, AccessVerdict verdict) =>
        Assert.Equal((what, verdict), (what, NalAccess.JudgeH265(Convert.FromHexString(payload.Replace(" ", "", StringComparison.Ordinal)))));

    [Fact]
    public void FindsTheOneKeyPictureOfAnH264Encoder()
    {
        // ffmpeg: STAP-A of parameter sets and SEI, then the IDR; ten frames to the next one.
        var verdicts = HexVector.Load("rtp/ffmpeg-h264.hex").Select(vector =>
        {
            Assert.True(RtpPacket.TryParse(vector.Bytes, out var packet));
            return NalAccess.JudgeH264(packet.Payload);
        }).ToArray();
        var picture = Array.IndexOf(verdicts, AccessVerdict.Picture);
        Assert.All(verdicts[..picture], verdict => Assert.Equal(AccessVerdict.Preface, verdict));
        Assert.All(verdicts[(picture + 1)..], verdict => Assert.Equal(AccessVerdict.Media, verdict));
        Assert.NotEqual(0, picture);
    }

    [Fact]
    public void FindsTheKeyPicturesOfAnH265EncoderWithTheirParameterSets()
    {
        // ffmpeg with x265, a key picture every ten frames: an AP of parameter sets, a SEI in two fragments, a CRA or IDR in several.
        var found = new List<uint>();
        var vectors = HexVector.Load("rtp/ffmpeg-h265.hex");
        for (var i = 0; i < vectors.Count; i++)
        {
            Assert.True(RtpPacket.TryParse(vectors[i].Bytes, out var packet));
            if (NalAccess.JudgeH265(packet.Payload) != AccessVerdict.Picture)
                continue;
            found.Add(vectors[i].Number("seq"));
            for (var before = 1; before <= 3; before++)
            {
                Assert.True(RtpPacket.TryParse(vectors[i - before].Bytes, out var preface));
                Assert.Equal(AccessVerdict.Preface, NalAccess.JudgeH265(preface.Payload));
            }
        }
        Assert.Equal([2492u, 2508u, 2526u], found);
    }

    [Fact]
    public void NeverThrowsOnAnyBytes() => AnyPayload.Try(payload =>
    {
        NalAccess.JudgeH264(payload);
        NalAccess.JudgeH265(payload);
    });
}
