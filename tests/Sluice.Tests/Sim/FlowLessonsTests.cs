using Sluice.Flow;
using Sluice.Linux;
using Sluice.Sim;

namespace Sluice.Tests.Sim;

/// <summary>What the simulation has taught about the loops, each in the smallest world that shows it.</summary>
public class FlowLessonsTests
{
    /// <summary>A media clock makes departures known a buffer ahead: they must be kept, or the oldest, which are due first, all go.</summary>
    [Fact]
    public void KeepsWhatAMediaClockKnowsAhead()
    {
        var feed = Plans.Feed(PaceMode.Pcr, bufferNs: 450 * Plans.NsPerMs, quantumNs: 2 * Plans.NsPerMs);
        var plan = Plans.Of(feed, new StreamPlan { GroupsPerSecond = 400 }, 4, DelayPlan.Default with { RangeNs = 40 * Plans.NsPerMs });
        using var world = new World(plan);
        world.RunFor(seconds: 6);
        Assert.Equal(0, world.Engine.Sends[0].Counters.WindowOverrun);
        Assert.All(Enumerable.Range(0, 4), player => Assert.InRange(world.Players.Received[player], 1_700, 2_000));
    }

    /// <summary>When another source takes over, packets of the old one may still wait in the pacer: the break belongs to the new one.</summary>
    [Fact]
    public void BackupSourceBeginsAnEpochBehindThePacer()
    {
        var feed = Plans.Feed(PaceMode.Pcr, bufferNs: 300 * Plans.NsPerMs);
        var silent = Plans.StartNs + 3 * Plans.NsPerSecond;
        var plan = Plans.Of(feed, new StreamPlan { SilentFromNs = silent, SilentToNs = long.MaxValue, FirstPcr = 5_000_000 }, 3, DelayPlan.Default);
        plan = plan with
        {
            Sources = [plan.Sources[0], plan.Sources[0] with { Index = 1 }],
            Streams = [plan.Streams[0], plan.Streams[0] with
            {
                Index = 1, SilentFromNs = long.MaxValue, FirstSequence = 30_000, FirstTimestamp = 3_000_000_000, FirstPcr = 27_000_000_000, Ssrc = 7,
            }],
            Links = [LinkProfile.N0, LinkProfile.N0],
        };
        using var world = new World(plan);
        world.RunFor(seconds: 12);          // sequence, timestamp and reports are held by the checkers
        Assert.Equal(1, world.Engine.FeedCounters(0).Discontinuities);
        Assert.Equal(1, world.Players.LastSource[0]);
    }

    /// <summary>A silence that a stalled stamp loop did not see pass: what waited before it must not be spread over it.</summary>
    [Fact]
    public void SilenceDuringAStallSpreadsNothing()
    {
        const long BufferNs = 200 * Plans.NsPerMs;
        var silent = Plans.StartNs + 3_050 * Plans.NsPerMs;
        var stream = new StreamPlan { GroupsPerSecond = 25, PacketsPerGroup = 8, SilentFromNs = silent, SilentToNs = silent + 1_300 * Plans.NsPerMs };
        var delays = new DelayPlan(DelayMode.Fixed, 1_800 * Plans.NsPerMs, 1);
        using var world = new World(Plans.Of(Plans.Feed(PaceMode.Pcr, BufferNs), stream, 1, delays) with
        {
            Stalls = [new StallPlan(silent - 5 * Plans.NsPerMs, 1, 1_500 * Plans.NsPerMs, MidPass: false)],
        });
        var watch = world.Media.Watch = new DeliveryWatch(0, Plans.StartNs);
        world.RunFor(seconds: 10);
        Assert.InRange(watch.DepthMaxNs, 0, BufferNs + 50 * Plans.NsPerMs);
        Assert.Equal(0, world.Engine.Sends[0].Counters.LateDropped);
    }

    /// <summary>The packet that began an epoch found the ring to a stalled stamp loop full: the next one begins it.</summary>
    [Fact]
    public void RestartInAFullHandOverStillRestarts()
    {
        var restart = Plans.StartNs + 4_500 * Plans.NsPerMs;
        var plan = Plans.Of(Plans.Feed(PaceMode.Arrival), new StreamPlan { GroupsPerSecond = 100, Restarts = [(restart, false)] }, 3, DelayPlan.Default);
        using var world = new World(plan with
        {
            Limits = new EngineLimits { HandOverMax = 64 },
            Stalls = [new StallPlan(Plans.StartNs + 3 * Plans.NsPerSecond, 1, 3 * Plans.NsPerSecond, MidPass: false)],
        });
        world.RunFor(seconds: 12);
        Assert.True(world.Engine.SourceCounters(0).HandOverFull > 0);
        Assert.Equal(1, world.Engine.FeedCounters(0).Discontinuities);
    }

    /// <summary>Slots that come back are used again at once: a quiet engine stays in few, warm slots, and knows how many are free.</summary>
    [Fact]
    public void ReturnedSlotsAreFreeInTheNextPass()
    {
        var plan = Plans.Of(Plans.Feed(PaceMode.Arrival), new StreamPlan { StopNs = Plans.StartNs + 3 * Plans.NsPerSecond }, 1, DelayPlan.Default);
        using var world = new World(plan);
        world.RunFor(seconds: 6);
        Assert.Equal(plan.Limits.PacketsInFlightMax - plan.Limits.ReceiveBatchMax, world.Engine.Ingest.FreeSlotCount);
    }

    /// <summary>A late packet takes the place and the time before those that came first, so nobody waits longer than the window.</summary>
    [Fact]
    public void ReorderedPacketBehindAGapDelaysNobody()
    {
        var window = new ReorderWindow(16, waitNs: 30);
        Assert.Equal(ReorderVerdict.Held, window.Offer(Packet(0, 0)));
        Assert.True(window.TryTake(0, out _, out _));
        window.Offer(Packet(3, 10));        // 1 is lost, 2 comes after 3
        window.Offer(Packet(2, 25));
        Assert.Equal(40, window.DeadlineNs);
        Assert.True(window.TryTake(40, out var second, out var lost));
        Assert.Equal((2, 10, 1), (second.ExtendedSequence, second.ArrivalNs, lost));
        Assert.True(window.TryTake(40, out var third, out _));
        Assert.Equal((3, 10), (third.ExtendedSequence, third.ArrivalNs));
    }

    private static ArrivedPacket Packet(long sequence, long arrivalNs) => new() { ExtendedSequence = sequence, ArrivalNs = arrivalNs };
}
