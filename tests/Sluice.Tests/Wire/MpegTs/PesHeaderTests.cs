using FsCheck;
using FsCheck.Fluent;
using Sluice.Tests.Kit;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Wire.MpegTs;

/// <summary>ISO/IEC 13818-1 §2.4.3.6 and §2.4.3.7.</summary>
public class PesHeaderTests
{
    [Fact]
    public void WhatIsWrittenReadsBack() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            long? pts = random.Next(4) > 0 ? random.NextInt64(TsClock.PtsModulus) : null;
            long? dts = pts.HasValue && random.Next(2) > 0 ? random.NextInt64(TsClock.PtsModulus) : null;
            int size = PesHeader.SizeWith(pts.HasValue, dts.HasValue);
            var header = new PesHeader((byte)(PesHeader.VideoStreamId + seed % 16), (ushort)random.Next(65_536), size, pts, dts);
            var bytes = new byte[size];
            header.Write(bytes);
            Assert.True(PesHeader.TryRead(bytes, out var back));
            Assert.Equal(header, back);
            for (int length = 0; length < size; length++)
                Assert.False(PesHeader.TryRead(bytes.AsSpan(0, length), out _));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Theory]
    [InlineData("000001E00000800005" + "2100010001", false)]     // a PTS in the header's room that the flags do not announce
    [InlineData("000001E00000808005" + "2100010001", true)]
    [InlineData("000001E00000804005" + "2100010001", null)]      // flags 01 are forbidden
    [InlineData("000001E00000808004" + "2100010001", null)]      // header says four bytes, a PTS takes five
    [InlineData("000001E00000808005" + "2000010001", null)]      // a marker bit is missing
    [InlineData("000001E00000808005" + "2100000001", null)]
    [InlineData("000001E00000808005" + "2100010000", null)]
    [InlineData("000001E00000008005" + "2100010001", null)]      // no '10' after the length: MPEG-1
    [InlineData("000002E00000808005" + "2100010001", null)]
    [InlineData("000001B90000808005" + "2100010001", null)]      // below the range of stream ids
    [InlineData("000001BE0000", false)]                          // padding has no optional header
    public void TakesOnlyWhatTheStandardAllows(string hex, bool? hasPts)
    {
        Assert.Equal(hasPts is not null, PesHeader.TryRead(Convert.FromHexString(hex), out var header));
        Assert.Equal(hasPts is true, header.Pts90kHz.HasValue);
    }

    [Fact]
    public void ReadsAnyBytesWithoutAThrow()
    {
        var example = Convert.FromHexString("000001E0000080C00A31000910A1110007D86100000001");
        AnyBytes.Check([example], bytes =>
        {
            if (PesHeader.TryRead(bytes, out var header))
                Assert.InRange(header.Pts90kHz ?? 0, 0, TsClock.PtsModulus - 1);
        });
    }
}
