using FsCheck;
using FsCheck.Fluent;
using Sluice.Wire.Rtcp;

namespace Sluice.Tests.Wire.Rtcp;

/// <summary>NTP time (RFC 3550 §4), round trip (§6.4.1) and report interval (§6.3.1, A.7).</summary>
public class RtcpTimeTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(0, 2_208_988_800u, 0u)]                                       // the Unix epoch
    [InlineData(500_000_000, 2_208_988_800u, 0x8000_0000u)]
    [InlineData(-1, 2_208_988_799u, 0xFFFF_FFFBu)]
    [InlineData(2_085_978_495 * Second, 0xFFFF_FFFFu, 0u)]                    // 2036-02-07 06:28:15, last second of era 0
    [InlineData(2_085_978_496 * Second, 0u, 0u)]                              // and the first of era 1
    public void ConvertsUnixTime(long unixNs, uint seconds, uint fraction)
    {
        var ntp = NtpTime.FromUnixNs(unixNs);
        Assert.Equal((seconds, fraction), (ntp.Seconds, ntp.Fraction));
        Assert.Equal(unixNs, ntp.ToUnixNs());
        Assert.Equal(seconds << 16 | fraction >> 16, ntp.Middle32);
    }

    [Fact]
    public void EveryNanosecondComesBack() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            long unixNs = new Random(seed).NextInt64(-30_000_000 * Second, 4_200_000_000 * Second);   // 1969 to 2103
            return NtpTime.FromUnixNs(unixNs).ToUnixNs() == unixNs;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void LastFractionOfASecondRoundsUpIntoTheNext() =>
        Assert.Equal(Second, new NtpTime(2_208_988_800UL << 32 | 0xffff_ffff).ToUnixNs());

    [Fact]
    public void ComputesTheExampleOfTheRfc()
    {
        // RFC 3550 figure 2: A = b710:8000, LSR = b705:2000, DLSR = 5:4000; the figure's result is 6.125 s.
        var arrival = new NtpTime(0xb44d_b710_8000_0000);
        Assert.True(RtcpRoundTrip.TryCompute(arrival, 0xb705_2000, 0x0005_4000, out long roundTripNs));
        Assert.Equal(6_125_000_000, roundTripNs);
    }

    [Theory]
    [InlineData(0u, 0u)]                       // no sender report yet
    [InlineData(0xb710_8001u, 0u)]             // from the future
    [InlineData(0xb705_2000u, 0x000b_6001u)]   // a delay longer than the time that passed
    public void RefusesReportsThatCannotBe(uint lastSenderReport, uint delay) =>
        Assert.False(RtcpRoundTrip.TryCompute(new NtpTime(0xb44d_b710_8000_0000), lastSenderReport, delay, out _));

    [Fact]
    public void RoundTripSpansTheWrapOfTheMiddleBits()
    {
        Assert.True(RtcpRoundTrip.TryCompute(new NtpTime(0x0000_0000_8000_0000), 0xffff_8000, 0, out long roundTripNs));
        Assert.Equal(Second, roundTripNs);
    }

    [Theory]
    [InlineData(Second, 65_536u)]
    [InlineData(-5, 0u)]
    [InlineData(long.MaxValue, uint.MaxValue)]
    public void DelayUnitsSaturate(long ns, uint units) => Assert.InRange(RtcpRoundTrip.UnitsFromNs(ns), Math.Max(units, 1) - 1, units);

    public static TheoryData<RtcpInterval.Session, double> Intervals => new()
    {
        { new(Members: 2, Senders: 1, RtcpBytesPerSecond: 31_250, AveragePacketBytes: 128, WeSent: true, IsInitial: false), 5 },
        { new(2, 1, 31_250, 128, WeSent: true, IsInitial: true), 2.5 },
        { new(1000, 1, 100, 100, WeSent: true, IsInitial: false), 5 },          // one sender, 25 B/s for itself: 4 s
        { new(1000, 1, 100, 100, WeSent: false, IsInitial: false), 1332 },      // 999 receivers share 75 B/s
        { new(1000, 500, 100, 100, WeSent: false, IsInitial: false), 1000 },    // many senders: all share alike
        { new(2, 1, 0, 100, WeSent: true, IsInitial: false), double.PositiveInfinity },
    };

    [Theory, MemberData(nameof(Intervals))]
    public void IntervalFollowsTheBandwidth(RtcpInterval.Session session, double expected)
    {
        Assert.Equal(expected, RtcpInterval.DeterministicSeconds(session), 6);
        // Half to one and a half of it, divided by e − 3/2.
        Assert.Equal(expected * 0.5 / 1.21828, RtcpInterval.Seconds(session, random: 0), 6);
        Assert.Equal(expected * 1.5 / 1.21828, RtcpInterval.Seconds(session, random: 1), 6);
    }

    [Theory]
    [InlineData(72, 5)]
    [InlineData(720, 0.5)]
    [InlineData(0, 5)]
    public void ReducedMinimumFallsWithTheBandwidth(double kbitPerSecond, double expected) =>
        Assert.Equal(expected, RtcpInterval.ReducedMinimumSeconds(kbitPerSecond), 6);
}
