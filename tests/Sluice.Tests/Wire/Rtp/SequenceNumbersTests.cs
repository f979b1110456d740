using FsCheck;
using FsCheck.Fluent;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Wire.Rtp;

/// <summary>Wrap arithmetic against a 64-bit model: a true position that the 16 or 32 bits are cut from.</summary>
public class SequenceNumbersTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(5000);

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(65_535, 0, 1)]
    [InlineData(0, 65_535, -1)]
    [InlineData(0, 0x7fff, 0x7fff)]
    [InlineData(0, 0x8000, -0x8000)]       // ambiguous: old
    [InlineData(0x8000, 0, -0x8000)]       // and old the other way round too
    [InlineData(7, 7, 0)]
    public void DistanceIsTheShorterWayRound(int earlier, int later, int expected)
    {
        Assert.Equal(expected, SequenceNumbers.Distance((ushort)earlier, (ushort)later));
        Assert.Equal(expected > 0, SequenceNumbers.IsNewer((ushort)later, (ushort)earlier));
    }

    [Fact]
    public void ExtendFindsThePositionThatTheBitsWereCutFrom() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), Gen.Choose(-0x8000, 0x7fff).ToArbitrary(), (scaled, step) =>
        {
            long highest = 40_000L + scaled * 9L;
            long position = highest + step;
            return SequenceNumbers.Extend(highest, (ushort)position) == position
                && SequenceNumbers.Extend((uint)highest, (ushort)position) == (uint)position;
        }).Check(Many);

    [Fact]
    public void TimestampsExtendLikewise() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), Gen.Choose(int.MinValue + 1, int.MaxValue - 1).ToArbitrary(), (scaled, step) =>
        {
            long highest = (1L << 32) + scaled * 100_003L;
            var timestamp = new RtpTimestamp((uint)(highest + step));
            return RtpTimestamp.Extend(highest, timestamp) == highest + step
                && new RtpTimestamp((uint)highest).Plus(step) == timestamp
                && timestamp.IsNewerThan(new RtpTimestamp((uint)highest)) == step > 0;
        }).Check(Many);

    [Fact]
    public void HalfTheTimestampCircleIsOld() => Assert.False(new RtpTimestamp(0x8000_0000).IsNewerThan(new RtpTimestamp(0)));

    [Theory]
    [InlineData(1_000_000_000, 90_000, 90_000)]
    [InlineData(11_111, 90_000, 0)]
    [InlineData(11_112, 90_000, 1)]
    [InlineData(-1, 90_000, -1)]
    [InlineData(9_000_000_000_000_000_000, 90_000, 810_000_000_000_000)]
    public void NanosecondsBecomeTicksRoundedDown(long ns, int clockRate, long ticks) =>
        Assert.Equal(ticks, RtpTimestamp.TicksFromNs(ns, clockRate));
}
