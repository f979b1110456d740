using Sluice.Load.Scoring;
using Sluice.Tests.Flow;

namespace Sluice.Tests.Load.Scoring;

public class SequenceScoreTests
{
    /// <summary>Random loss, duplicates and displacement, against a set of everything that came.</summary>
    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void CountsAsASetWould(int seed)
    {
        var random = new Random(seed);
        var first = random.NextInt64(-5, 1L << 40);
        var arrivals = Enumerable.Range(0, 20_000).Where(_ => random.NextDouble() > 0.03)
            .SelectMany(i => Enumerable.Repeat(first + i, random.NextDouble() < 0.02 ? 2 : 1))
            .Select(position => (position, at: position + (random.NextDouble() < 0.05 ? random.Next(0, 60) : 0)))
            .OrderBy(x => x.at).Select(x => x.position).ToArray();
        var score = new SequenceScore();
        var seen = new HashSet<long>();
        long duplicates = 0, outOfOrder = 0, highest = long.MinValue;
        foreach (var position in arrivals)
        {
            var isNew = seen.Add(position);
            if (!isNew) duplicates++;
            else if (position < highest) outOfOrder++;
            highest = Math.Max(highest, position);
            Assert.Equal(isNew, score.Receive(position));
        }
        Assert.Equal((seen.Max() - seen.Min() + 1 - seen.Count, duplicates, outOfOrder), (score.Lost, score.Duplicates, score.OutOfOrder));
    }

    [Fact]
    public void AGapLongerThanItsMemoryIsLostWhole()
    {
        var score = new SequenceScore();
        foreach (var position in (long[])[0, 1, 100_000, 100_001]) score.Receive(position);
        Assert.Equal((99_998, 0, 0), (score.Lost, score.Duplicates, score.OutOfOrder));
    }

    [Fact]
    public void ARestartKeepsWhatWasLostBefore()
    {
        var score = new SequenceScore();
        foreach (var position in (long[])[10, 12]) score.Receive(position);
        score.Restart();
        foreach (var position in (long[])[0, 1, 3]) score.Receive(position);
        Assert.Equal((2, 0, 0), (score.Lost, score.Duplicates, score.OutOfOrder));
    }
}
