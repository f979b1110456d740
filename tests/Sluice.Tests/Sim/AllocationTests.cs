using Sluice.Flow;
using Sluice.Sim;

namespace Sluice.Tests.Sim;

public class AllocationTests
{
    public static TheoryData<PaceMode, long> Cases => new()
    {
        { PaceMode.Arrival, 0 }, { PaceMode.Arrival, 8_500_000 }, { PaceMode.RtpClock, 8_500_000 }, { PaceMode.Pcr, 17_000_000 },
    };

    /// <summary>After start the loops allocate nothing: packets, departures, reports, losses and all.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void LoopsAllocateNothingWhilePlaying(PaceMode pace, long quantumNs)
    {
        var feed = Plans.Feed(pace, 200 * Plans.NsPerMs, quantumNs);
        var plan = Plans.Of(feed, new StreamPlan { GroupsPerSecond = 100 }, 200, DelayPlan.Default, LinkProfile.N1);
        using var world = new World(plan with { SendLoops = 2 });
        world.RunFor(seconds: 5);
        // The runtime itself now and then allocates once on the thread (tiering); what the loops allocate is in every try.
        var least = long.MaxValue;
        for (var tries = 0; tries < 3 && least > 0; tries++)
        {
            var (before, passes, datagrams) = (world.AllocatedInLoops, world.Passes, world.Media.Datagrams);
            world.RunFor(seconds: 10);
            Assert.True(world.Passes - passes > 10_000 && world.Media.Datagrams - datagrams > 190_000);
            least = Math.Min(least, world.AllocatedInLoops - before);
        }
        Assert.Equal(0, least);
    }
}
