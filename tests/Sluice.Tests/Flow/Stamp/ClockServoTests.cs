using Sluice.Flow;

namespace Sluice.Tests.Flow.Stamp;

public class ClockServoTests
{
    private const long MsNs = 1_000_000;
    private const long SampleNs = 20 * MsNs;

    [Theory, InlineData(100e-6, 0), InlineData(-100e-6, 0), InlineData(100e-6, 3), InlineData(-100e-6, 3)]
    public void FollowsDriftWithoutAStep(double drift, int jitterMs)
    {
        var random = new Random(7);
        var servo = new ClockServo(500 * MsNs);
        long error = 0;
        for (long media = 0, offset = 0; media < 1_800_000 * MsNs; media += SampleNs)
        {
            var truthNs = (long)(media * (1 + drift)) + 9_000 * MsNs;
            Assert.False(servo.Observe(media, truthNs + random.Next(jitterMs * (int)MsNs + 1)));
            if (media > 0)
                Assert.InRange(servo.OffsetNs - offset, -SampleNs / 2_000, SampleNs / 2_000);       // 500 ppm
            offset = servo.OffsetNs;
            error = media + offset - truthNs;
        }
        Assert.InRange(error, -200_000, 200_000 + jitterMs * MsNs);
    }

    [Theory, InlineData(1_000), InlineData(-1_000)]
    public void OneWildSampleMovesNothingAndThreeAreAJump(long jumpMs)
    {
        var servo = new ClockServo(500 * MsNs);
        servo.Observe(0, 0);
        Assert.False(servo.Observe(SampleNs, SampleNs + jumpMs * MsNs));
        Assert.False(servo.Observe(2 * SampleNs, 2 * SampleNs));
        Assert.Equal(0, servo.OffsetNs);
        Assert.Equal([false, false, true], Enumerable.Range(3, 3).Select(i => servo.Observe(i * SampleNs, i * SampleNs + jumpMs * MsNs)));
        Assert.Equal(jumpMs * MsNs, servo.OffsetNs);
    }

    [Fact]
    public void AfterAResetTheNextSampleIsBelievedWhole()
    {
        var servo = new ClockServo(500 * MsNs);
        servo.Observe(0, 5);
        servo.Reset();
        Assert.False(servo.IsLocked);
        Assert.False(servo.Observe(100, 7_000_000_000));
        Assert.Equal(6_999_999_900, servo.OffsetNs);
    }
}
