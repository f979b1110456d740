using Sluice.Flow;

namespace Sluice.Tests.Flow.Rings;

public class SpscRingTests
{
    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void BehavesLikeABoundedQueue(int seed)
    {
        var random = new Random(seed);
        var (writer, reader) = SpscRing.Create<int>(random.Next(1, 40));
        var model = new Queue<int>();
        for (var step = 0; step < 20_000; step++)
        {
            if (random.Next(2) == 0)
            {
                var fits = model.Count < writer.Capacity;
                Assert.Equal(fits, writer.TryWrite(in step));
                if (fits)
                    model.Enqueue(step);
            }
            else
            {
                Assert.Equal(model.TryDequeue(out var expected), reader.TryRead(out var item));
                Assert.Equal(expected, item);
            }
            Assert.Equal(model.Count, reader.Count);
        }
    }

    // Added is not seen until published, taken is not room until released; but a full ring publishes and an empty one releases.
    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void BatchesAreSeenWhenPublishedAndNeitherSideWaitsForItself(int seed)
    {
        var random = new Random(seed);
        var (writer, reader) = SpscRing.Create<int>(random.Next(1, 40));
        int added = 0, published = 0, taken = 0, released = 0;
        for (var step = 0; step < 20_000; step++)
        {
            switch (random.Next(6))
            {
                case 0 or 1:
                    var fits = added - released < writer.Capacity;
                    Assert.Equal(fits, writer.TryAdd(in added));
                    (added, published) = fits ? (added + 1, published) : (added, added);
                    break;
                case 2:
                    writer.Publish();
                    published = added;
                    break;
                case 3:
                    reader.Release();
                    released = taken;
                    break;
                default:
                    var waits = taken < published;
                    Assert.Equal(waits, reader.TryTake(out var item));
                    Assert.Equal(waits ? taken : 0, item);
                    (taken, released) = waits ? (taken + 1, released) : (taken, taken);
                    break;
            }
            Assert.Equal(published - taken, reader.Count);
        }
    }

    [Theory, InlineData(1), InlineData(7), InlineData(300)]
    public void BatchesComeInOrderFromThreadToThread(int batch)
    {
        const int entries = 500_000;
        var (writer, reader) = SpscRing.Create<(long Number, long Check)>(64);
        TwoThreads.Run(
            over =>
            {
                for (long i = 0; i < entries; i++)
                {
                    var item = (i, ~i * 31);
                    while (!writer.TryAdd(in item))
                        TwoThreads.Yield(over);
                    if (i % batch == 0)
                        writer.Publish();
                }
                writer.Publish();
            },
            over =>
            {
                for (long i = 0; i < entries;)
                {
                    if (!reader.TryTake(out var item))
                    {
                        TwoThreads.Yield(over);
                        continue;
                    }
                    if (item != (i, ~i * 31))
                        Assert.Fail($"entry {i} came as {item}");
                    if (++i % batch == 0)
                        reader.Release();
                }
            });
        Assert.Equal(0, reader.Count);
    }

    [Fact]
    public void CarriesEveryEntryInOrderFromThreadToThread()
    {
        const int entries = 1_000_000;
        var (writer, reader) = SpscRing.Create<(long Number, long Check)>(256);
        TwoThreads.Run(
            over =>
            {
                for (long i = 0; i < entries; i++)
                {
                    var item = (i, ~i * 31);
                    while (!writer.TryWrite(in item))
                        TwoThreads.Yield(over);
                }
            },
            over =>
            {
                for (long i = 0; i < entries;)
                {
                    if (!reader.TryRead(out var item))
                    {
                        TwoThreads.Yield(over);
                        continue;
                    }
                    if (item != (i, ~i * 31))
                        Assert.Fail($"entry {i} came as {item}");
                    i++;
                }
            });
        Assert.Equal(0, reader.Count);
    }
}
