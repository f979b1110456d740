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
