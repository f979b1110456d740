using Sluice.Flow;
using Sluice.Sim;
using Xunit.Abstractions;

namespace Sluice.Tests.Sim;

public class BurstTests(ITestOutputHelper output)
{
    private const int Clients = 100, Seconds = 10;

    /// <summary>Frames of 40 packets at once, 25 a second: a media clock makes them leave evenly, arrival does not.</summary>
    [Theory, InlineData(PaceMode.RtpClock), InlineData(PaceMode.Pcr)]
    public void FrameBurstsLeaveEvenlyByTheMediaClock(PaceMode pace)
    {
        var (paced, arrival) = (PeakToMean(pace, DelayMode.Spread), PeakToMean(PaceMode.Arrival, DelayMode.Spread));
        output.WriteLine($"peak/mean per ms, {Clients} clients, 40 packets x 25/s: {pace} {paced:F2}, arrival {arrival:F2}, "
            + $"arrival without spreading {PeakToMean(PaceMode.Arrival, DelayMode.Off):F2}");
        Assert.InRange(paced, 1, 1.5);
        Assert.True(arrival > paced, $"{arrival} by arrival, {paced} by {pace}");
    }

    /// <summary>A send loop that stood still does not replay its backlog.</summary>
    [Theory, InlineData(200, false), InlineData(200, true), InlineData(1_000, false), InlineData(3_000, true)]
    public void RateStaysUnderTwiceTheMeanAfterAStall(int stallMs, bool midPass)
    {
        var stallNs = Plans.StartNs + 5 * Plans.NsPerSecond;
        var plan = Plans.Of(Plans.Feed(PaceMode.Arrival), new StreamPlan { GroupsPerSecond = 200 }, Clients, DelayPlan.Default);
        using var world = new World(plan with { Stalls = [new StallPlan(stallNs, 2, stallMs * Plans.NsPerMs, midPass)] });
        var rate = world.Media.Rate = new RateMeter(stallNs, Plans.NsPerMs, 8_000);
        world.RunFor(seconds: 5 + Seconds);
        var mean = 200 * Clients / 10.0;
        var peak = rate.Peak(0, 8_000, 100) / mean;
        output.WriteLine($"stall {stallMs} ms: {peak:F2} times the mean in the worst 100 ms");
        Assert.InRange(peak, 0.9, 2.0);
        Assert.True(stallMs <= 100 || world.Engine.Sends[0].Counters.LateDropped > 0);
    }

    private static double PeakToMean(PaceMode pace, DelayMode mode)
    {
        var stream = new StreamPlan { GroupsPerSecond = 25, PacketsPerGroup = 40, TsPackets = 1 };
        using var world = new World(Plans.Of(Plans.Feed(pace, 200 * Plans.NsPerMs), stream, Clients, DelayPlan.Default with { Mode = mode }));
        var rate = world.Media.Rate = new RateMeter(Plans.StartNs + 3 * Plans.NsPerSecond, Plans.NsPerMs, Seconds * 1_000);
        world.RunFor(seconds: 4 + Seconds);
        return rate.Peak(0, Seconds * 1_000, 1) * 1_000.0 * Seconds / rate.Sum(0, Seconds * 1_000);
    }
}
