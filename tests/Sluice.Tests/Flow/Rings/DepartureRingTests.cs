using Sluice.Flow;

namespace Sluice.Tests.Flow.Rings;

public class DepartureRingTests
{
    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void KeepsTheNewestAndCountsTheLost(int seed)
    {
        var random = new Random(seed);
        var ring = new DepartureRing(random.Next(1, 70));
        var reader = new DepartureReader(ring);
        var knowsItsPlace = false;
        var model = new Queue<uint>();
        long taken = 0, lostAll = 0;
        uint written = 0;
        for (var step = 0; step < 20_000; step++)
        {
            for (var burst = random.Next(4) == 0 ? random.Next(2 * ring.Capacity) : 1; burst > 0 && random.Next(3) > 0; burst--)
            {
                ring.Write(written, Tick(written));
                model.Enqueue(written++);
            }
            // Whoever knows which train comes next sees that the oldest entry of a full ring is still whole.
            var overrun = model.Count > (knowsItsPlace ? ring.Capacity : ring.Capacity - 1);
            var found = reader.TryPeek(out var train, out var tick, out var lost);
            // A reader that was lapped goes on half a lap behind the writer; one that was not loses nothing.
            Assert.Equal(overrun ? model.Count - ring.Capacity / 2 : 0, lost);
            for (var i = 0; i < lost; i++)
                model.Dequeue();
            lostAll += lost;
            Assert.Equal(model.Count > 0, found);
            if (!found)
                continue;
            knowsItsPlace = true;
            Assert.Equal((model.Peek(), Tick(model.Peek())), (train, tick));
            if (random.Next(5) == 0)
                continue;       // looking twice shows the same
            reader.Take();
            model.Dequeue();
            taken++;
        }
        Assert.Equal(written, taken + lostAll + model.Count);
    }

    [Fact]
    public void ALappedReaderSeesNoTornNorReorderedEntry()
    {
        const uint entries = 3_000_000;
        var ring = new DepartureRing(32);
        var reader = new DepartureReader(ring);
        var done = false;
        long taken = 0, lostAll = 0;
        TwoThreads.Run(
            over =>
            {
                for (uint i = 0; i < entries; i++)
                {
                    ring.Write(i, Tick(i));
                    if (i % 97 == 0)
                        TwoThreads.Yield(over);
                }
                Volatile.Write(ref done, true);
            },
            over =>
            {
                while (true)
                {
                    var last = Volatile.Read(ref done);
                    var found = reader.TryPeek(out var train, out var tick, out var lost);
                    lostAll += lost;
                    if (!found && last)
                        return;
                    if (!found)
                    {
                        TwoThreads.Yield(over);
                        continue;
                    }
                    if (train != (uint)(taken + lostAll) || tick != Tick(train))
                        Assert.Fail($"after {taken} taken and {lostAll} lost: train {train}, tick {tick}");
                    reader.Take();
                    taken++;
                }
            });
        Assert.Equal(entries, taken + lostAll);
        Assert.True(lostAll > 0 && taken > 0, $"no lap or no reading: {taken} taken, {lostAll} lost");
    }

    // What lies in a ring from the lap before, and what nobody has written yet, must not be taken for the departure that is expected.
    [Theory]
    [InlineData(0u)]
    [InlineData(5u)]
    [InlineData(uint.MaxValue - 20)]
    public void AnEmptyRingIsEmptyWhateverLiesInIt(uint firstTrain)
    {
        var ring = new DepartureRing(8);
        var reader = new DepartureReader(ring);
        for (uint i = 0; i < 40; i++)
        {
            Assert.False(reader.TryPeek(out _, out _, out _));
            ring.Write(firstTrain + i, 0);
            Assert.True(reader.TryPeek(out var train, out var tick, out var lost));
            Assert.Equal((firstTrain + i, 0u, 0), (train, tick, lost));
            reader.Take();
        }
    }

    [Theory, InlineData(5u), InlineData(uint.MaxValue - 20)]
    public void SeeksATrainThatIsInTheRingAndNoOther(uint first)
    {
        var ring = new DepartureRing(16);
        var reader = new DepartureReader(ring);
        Assert.False(reader.TrySeek(first));
        for (uint i = 0; i < 40; i++)
        {
            ring.Write(first + i, Tick(first + i));
            for (uint wanted = 0; wanted <= i + 2; wanted++)
            {
                // Sixteen entries of which one may be being written: fifteen count; the next one to come counts as in it.
                var isIn = wanted <= i + 1 && i + 1 - wanted <= 15;
                Assert.Equal(isIn, reader.TrySeek(first + wanted));
                if (!isIn)
                    continue;
                Assert.Equal(wanted <= i, reader.TryPeek(out var train, out _, out var lost));
                Assert.True(lost == 0 && (wanted > i || train == first + wanted));
            }
            Assert.False(reader.TrySeek(first - 1));
        }
    }

    private static uint Tick(uint train) => train * 2_654_435_761 + 7;
}
