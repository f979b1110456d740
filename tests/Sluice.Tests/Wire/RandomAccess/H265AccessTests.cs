using Sluice.Tests.Kit;
using Sluice.Wire.RandomAccess;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Wire.RandomAccess;

/// <summary>RFC 7798 payloads: where a decoder may start.</summary>
public class H265AccessTests
{
    public static TheoryData<string, string, AccessVerdict> Cases => new()
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

    [Theory, MemberData(nameof(Cases))]
    public void Judges(string what, string payload, AccessVerdict verdict) =>
        Assert.Equal((what, verdict), (what, H265Access.Judge(Convert.FromHexString(payload.Replace(" ", "", StringComparison.Ordinal)))));

    [Fact]
    public void FindsTheKeyPicturesOfAnEncodersStreamWithTheirParameterSets()
    {
        // ffmpeg with x265, a key picture every ten frames: an AP of parameter sets, a SEI in two fragments, a CRA or IDR in several.
        var found = new List<uint>();
        var vectors = HexVector.Load("rtp/ffmpeg-h265.hex");
        for (var i = 0; i < vectors.Count; i++)
        {
            Assert.True(RtpPacket.TryParse(vectors[i].Bytes, out var packet));
            if (H265Access.Judge(packet.Payload) != AccessVerdict.Picture)
                continue;
            found.Add(vectors[i].Number("seq"));
            for (var before = 1; before <= 3; before++)
            {
                Assert.True(RtpPacket.TryParse(vectors[i - before].Bytes, out var preface));
                Assert.Equal(AccessVerdict.Preface, H265Access.Judge(preface.Payload));
            }
        }
        Assert.Equal([2492u, 2508u, 2526u], found);
    }

    [Fact]
    public void NeverThrowsOnAnyBytes() => AnyPayload.Try(payload => H265Access.Judge(payload));
}
