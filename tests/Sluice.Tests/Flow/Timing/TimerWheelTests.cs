using Sluice.Flow;

namespace Sluice.Tests.Flow.Timing;

public class TimerWheelTests
{
    private const int Ids = 60;
    private const int Horizon = TimerWheel.Slots - 1;

    /// <summary>Turn is when the wheel may give it up: at once when the tick had passed. Far: parked beyond the horizon.</summary>
    private readonly record struct Entry(long Due, long Turn, bool Far);

    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void AgreesWithASortedList(int seed)
    {
        var random = new Random(seed);
        long now = random.NextInt64(1L << 40);
        var wheel = new TimerWheel(Ids, now);
        var model = new Dictionary<int, Entry>();
        for (var step = 0; step < 20_000; step++)
        {
            var id = random.Next(Ids);
            switch (random.Next(4))
            {
                case 0 or 1 when !model.ContainsKey(id):
                    var due = now + Ahead(random);
                    wheel.Schedule(id, due);
                    model[id] = new Entry(due, Math.Max(due, now), due > now + Horizon);
                    break;
                case 2:
                    wheel.Cancel(id);
                    model.Remove(id);
                    break;
                default:
                    now += random.Next(20) == 0 ? random.Next(30_000) : random.Next(40);
                    Drain(wheel, model, now);
                    break;
            }
            Check(wheel, model);
        }
    }

    [Fact]
    public void WhatIsBeyondTheHorizonIsNeitherEarlyNorLate()
    {
        var wheel = new TimerWheel(3, 0);
        var due = new long[] { 3L * TimerWheel.Slots + 5, TimerWheel.Slots, 2L * TimerWheel.Slots - 1 };
        for (var id = 0; id < due.Length; id++)
            wheel.Schedule(id, due[id]);
        for (long tick = 0; tick < 4L * TimerWheel.Slots; tick++)
            while (wheel.TryPopDue(tick, out var id))
                Assert.Equal(due[id], tick);
        Assert.Equal(0, wheel.Count);
    }

    [Fact]
    public void IdsOfOneTickComeOutInTheOrderTheyWentIn()
    {
        var wheel = new TimerWheel(6, 0);
        foreach (var id in (int[])[3, 1, 5, 0, 4])
            wheel.Schedule(id, 7);
        wheel.Cancel(4);    // the last, the first, and one between
        wheel.Cancel(3);
        wheel.Cancel(5);
        wheel.Schedule(2, 7);
        wheel.Schedule(3, 7);
        var popped = new List<int>();
        while (wheel.TryPopDue(7, out var id))
            popped.Add(id);
        Assert.Equal([1, 0, 2, 3], popped);
    }

    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void ManyIdsInFewSlotsAreTakenInBatchesAndNoneTwice(int seed)
    {
        const int ids = 2_000;
        var random = new Random(seed);
        var wheel = new TimerWheel(ids, 0);
        var due = new long[ids];        // 0: not scheduled
        var batch = new int[random.Next(1, 70)];
        for (long now = 1; now < 1_000; now++)
        {
            for (var i = 0; i < 200; i++)
            {
                var id = random.Next(ids);
                if (due[id] == 0)
                    wheel.Schedule(id, due[id] = now + random.Next(4));
                else if (random.Next(2) == 0)
                    Cancel(wheel, id, out due[id]);
            }
            for (var popped = batch.Length; popped == batch.Length;)
            {
                popped = wheel.PopDue(now, batch);
                foreach (var id in batch.AsSpan(0, popped))
                {
                    Assert.True(due[id] != 0 && due[id] <= now, $"{id} is due at {due[id]}, popped at {now}");
                    due[id] = 0;
                }
            }
            Assert.True(wheel.NextTick() > now, "after a drain nothing is due");
            Assert.Equal(due.Count(tick => tick != 0), wheel.Count);
        }
    }

    // All in one slot, in two, one or a few in each slot, and most of them parked; every third of them cancelled and put back.
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(4_096)]
    [InlineData(70_000)]
    public void ThePoolOfChunksIsLargeEnoughForEveryShape(int ids)
    {
        var wheel = new TimerWheel(ids, 0);
        long now = 0;
        foreach (var spread in (int[])[1, 2, Horizon, 3 * Horizon])
        {
            for (var id = 0; id < ids; id++)
                wheel.Schedule(id, now + 10 + id % spread);
            for (var id = 0; id < ids; id += 3)
                wheel.Cancel(id);
            for (var id = 0; id < ids; id += 3)
                wheel.Schedule(id, now + 10 + (id + 1) % spread);
            var popped = 0;
            for (; wheel.Count > 0; now++)
                for (; wheel.TryPopDue(now, out _); popped++)
                    Assert.True(popped < ids);
            Assert.Equal(ids, popped);
        }
    }

    [Fact]
    public void ScheduleAndPopAllocateNothing()
    {
        var wheel = new TimerWheel(8, 0);
        long now = 0;
        Assert.Equal(0, Kit.Allocations.Of(() =>
        {
            wheel.Schedule(3, now + 100);
            for (var end = now + 200; now < end; now++)
                wheel.TryPopDue(now, out _);
        }));
    }

    private static void Cancel(TimerWheel wheel, int id, out long due)
    {
        wheel.Cancel(id);
        Assert.False(wheel.IsScheduled(id));
        due = 0;
    }

    private static long Ahead(Random random) => random.Next(10) switch
    {
        0 => -random.Next(5_000),
        1 => random.Next(40_000),
        2 => Horizon + random.Next(-2, 3),
        _ => random.Next(600),
    };

    private static void Drain(TimerWheel wheel, Dictionary<int, Entry> model, long now)
    {
        var due = model.Where(entry => entry.Value.Due <= now).Select(entry => entry.Key).ToHashSet();
        long last = long.MinValue;
        while (wheel.TryPopDue(now, out var id))
        {
            Assert.True(due.Remove(id), $"{id} popped and not due at {now}");
            model.Remove(id, out var entry);
            // What was parked comes when its parking slot does; when the clock jumped past both, that may be before its turn.
            if (entry.Far)
                continue;
            Assert.True(entry.Turn >= last, $"{id} of tick {entry.Turn} after tick {last}");
            last = entry.Turn;
        }
        Assert.Empty(due);
        Assert.True(wheel.NextTick() > now, "after a drain nothing is due, or the loop would spin");
    }

    private static void Check(TimerWheel wheel, Dictionary<int, Entry> model)
    {
        Assert.Equal(model.Count, wheel.Count);
        for (var id = 0; id < Ids; id++)
            Assert.Equal(model.ContainsKey(id), wheel.IsScheduled(id));
        if (model.Count == 0)
            Assert.Equal(long.MaxValue, wheel.NextTick());
        else
            Assert.True(wheel.NextTick() <= model.Values.Min(entry => entry.Turn), "a deadline would be slept through");
    }
}
