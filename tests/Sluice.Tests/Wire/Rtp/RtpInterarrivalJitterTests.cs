using Sluice.Wire.Rtp;

namespace Sluice.Tests.Wire.Rtp;

/// <summary>RFC 3550 A.8.</summary>
public class RtpInterarrivalJitterTests
{
    [Fact]
    public void IsZeroForAnEvenStreamAcrossBothWraps()
    {
        var jitter = new RtpInterarrivalJitter();
        for (uint n = 0; n < 100; n++)
            jitter.Receive(uint.MaxValue - 9000 + n * 900, uint.MaxValue - 45_000 + n * 900);
        Assert.Equal(0u, jitter.Ticks);
    }

    [Fact]
    public void SettlesAtTheMeanDeviation()
    {
        var jitter = new RtpInterarrivalJitter();
        for (uint n = 0; n < 1000; n++)
            jitter.Receive(n * 900 + n % 2 * 160, n * 900);      // transit alternates by 160: each deviation is 160
        Assert.InRange(jitter.Ticks, 159u, 160u);
    }

    [Fact]
    public void FollowsTheIntegerFormOfTheRfc()
    {
        // By hand: J16 += |D| − ((J16 + 8) >> 4): 0 → 1600 → 1600 + 0 − 100 = 1500 → 1500 + 0 − 94 = 1406.
        var jitter = new RtpInterarrivalJitter();
        uint[] arrivals = [0, 2500, 3400, 4300];
        var estimates = new List<uint>();
        for (uint n = 0; n < 4; n++)
        {
            jitter.Receive(arrivals[n], n * 900);
            estimates.Add(jitter.Ticks);
        }
        Assert.Equal([0u, 1600u / 16, 1500u / 16, 1406u / 16], estimates);
    }

    [Fact]
    public void RebaseForgetsTheTransitButNotTheEstimate()
    {
        var jitter = new RtpInterarrivalJitter();
        jitter.Receive(0, 0);
        jitter.Receive(1600, 0);
        jitter.Rebase();
        jitter.Receive(5_000_000, 77);
        Assert.Equal(100u, jitter.Ticks);
    }
}
