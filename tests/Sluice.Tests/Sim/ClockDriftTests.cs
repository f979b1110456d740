using Sluice.Flow;
using Sluice.Sim;

namespace Sluice.Tests.Sim;

public class ClockDriftTests
{
    private const long BufferNs = 200 * Plans.NsPerMs;

    public static TheoryData<PaceMode, double> Cases => new()
    {
        { PaceMode.RtpClock, 100 }, { PaceMode.RtpClock, -100 }, { PaceMode.Pcr, 100 }, { PaceMode.Pcr, -100 },
    };

    /// <summary>An hour at ±100 ppm is 360 ms of drift, more than the buffer: it must be followed, and no packet may jump for it.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void DriftIsFollowedWithoutAJump(PaceMode pace, double driftPpm)
    {
        var stream = new StreamPlan { GroupsPerSecond = 50, DriftPpm = driftPpm };
        using var world = new World(Plans.Of(Plans.Feed(pace, BufferNs), stream, 1, new DelayPlan(DelayMode.Off, 0, 1)));
        var watch = world.Media.Watch = new DeliveryWatch(0, Plans.StartNs + 5 * Plans.NsPerSecond);
        world.RunFor(seconds: 3_600);
        var counters = world.Engine.FeedCounters(0);
        Assert.True(watch.Packets > 179_000);
        Assert.Equal((0, 0), (counters.ClockResets, counters.Unpaced));
        Assert.InRange(watch.StepErrorMaxNs, 0, 2 * Plans.NsPerMs);
        Assert.InRange(watch.DepthMinNs, BufferNs - 5 * Plans.NsPerMs, BufferNs + 5 * Plans.NsPerMs);
        Assert.InRange(watch.DepthMaxNs, BufferNs - 5 * Plans.NsPerMs, BufferNs + 5 * Plans.NsPerMs);
    }
}
