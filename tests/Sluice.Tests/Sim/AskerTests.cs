using Sluice.Flow;
using Sluice.Sim;

namespace Sluice.Tests.Sim;

/// <summary>Players that lose packets and ask for them, in a world without other trouble: the checkers hold what they get to what they asked.</summary>
public class AskerTests
{
    private const int Players = 6, PacketsPerSecond = 300;
    private const long HoldNs = 300 * Plans.NsPerMs;

    [Theory, InlineData(false), InlineData(true)]
    public void WhoLosesALittleGetsAllOfItAgain(bool rtx)
    {
        using var world = Run(new AskPlan(0.05, Repeats: 1, rtx), seconds: 10);
        for (var player = 0; player < Players; player++)
        {
            Assert.InRange(world.Askers.Lost[player], 60, 300);
            Assert.InRange(world.Players.Answered[player], world.Askers.Lost[player] - 20, world.Askers.Lost[player]);      // but the last, of the last 50 ms
            Assert.Equal((0, 0), (world.Players.Spec[player]!.Retransmit!.RateLimited, world.Players.Spec[player]!.Retransmit!.TooOld));
        }
    }

    /// <summary>Three ask for everything ten times; the others' packets leave when they should (the checkers' affair), and none is lost.</summary>
    [Fact]
    public void WhoAsksForEverythingGetsItsShareAndDelaysNobody()
    {
        using var world = Run(new AskPlan(1, Repeats: 10, Rtx: false), seconds: 10, askers: 3);
        var counters = world.Engine.Sends[0].Counters;
        Assert.Equal((0, 0, 0), (counters.LateDropped, counters.WindowOverrun, counters.LeftLate));
        for (var player = 0; player < 3; player++)
        {
            var state = world.Players.Spec[player]!.Retransmit!;
            Assert.True(state.RateLimited > 1_000, $"{state.RateLimited} over the rate");
            // A quarter of 300 packets/s for nine seconds, and one second's share at once.
            Assert.InRange(state.Answered, 0.25 * PacketsPerSecond * 6, 0.25 * PacketsPerSecond * 11);
        }
        Assert.All(Enumerable.Range(3, 3), player => Assert.Equal(0, world.Players.Missing[player]));
    }

    private static World Run(AskPlan asks, int seconds, int askers = Players)
    {
        var feed = Plans.Feed(PaceMode.Arrival, quantumNs: 17 * Plans.NsPerMs) with { RetransmitNs = HoldNs };
        var plan = Plans.Of(feed, new StreamPlan { GroupsPerSecond = PacketsPerSecond, TsPackets = 7 }, Players, DelayPlan.Default);
        var world = new World(plan with
        {
            Limits = plan.Limits.WithHeld([HoldNs]),
            Players = [.. plan.Players.Select((player, i) => i < askers ? player with { Asks = asks } : player)],
        });
        world.RunFor(seconds);
        return world;
    }
}
