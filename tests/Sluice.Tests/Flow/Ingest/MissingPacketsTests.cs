using Sluice.Flow;

namespace Sluice.Tests.Flow.Ingest;

/// <summary>When a source's sender is asked for what, and when no more.</summary>
public class MissingPacketsTests
{
    private const long MsNs = 1_000_000, WindowNs = 200 * MsNs, RoundTripNs = 20 * MsNs, GraceNs = 10 * MsNs;
    private readonly SourceCounters _counters = new();
    private readonly MissingPackets _missing;
    private readonly long[] _due = new long[SourceReceiver.AsksMax];

    public MissingPacketsTests() => _missing = new MissingPackets(WindowNs, _counters);

    [Fact]
    public void WhatWasOnlyOvertakenIsNotAskedFor()
    {
        _missing.OnGap(10, 12, 0);
        Assert.Empty(AskAt(GraceNs - 1));
        Assert.False(_missing.OnCome(11, GraceNs - 1));
        Assert.Equal([10L, 12], AskAt(GraceNs));
        Assert.Equal(2, _counters.Asked);
    }

    [Fact]
    public void AnAnswerShowsHowLongOneTakesAndTheNextRepeatWaitsForThat()
    {
        Answer(1, 0);
        Assert.Equal(RoundTripNs, _missing.RoundTripNs);
        _missing.OnGap(20, 20, 1_000 * MsNs);
        Assert.Equal([20L], AskAt(1_000 * MsNs + GraceNs));
        Assert.Empty(AskAt(1_000 * MsNs + GraceNs + RoundTripNs));
        // The round trip and four times its variation, which began as half of it.
        Assert.Equal([20L], AskAt(1_000 * MsNs + GraceNs + 3 * RoundTripNs));
        Assert.True(_missing.OnCome(20, 1_000 * MsNs + GraceNs + 3 * RoundTripNs + 1));
        Assert.Equal(RoundTripNs, _missing.RoundTripNs);        // of two questions nobody knows which was answered
        Assert.Equal((3, 2, 0), (_counters.Asked, _counters.Recovered, _counters.GivenUp));
    }

    [Fact]
    public void WhatCannotComeInTimeIsNotAskedForAgainAndGivenUpWithItsWindow()
    {
        Answer(1, 0);
        _missing.OnGap(20, 20, 0);
        var asked = new List<long>();
        for (long now = 0; now < WindowNs; now += MsNs)
            asked.AddRange(AskAt(now).Select(_ => now));
        Assert.InRange(asked.Count, 3, 8);
        Assert.InRange(asked[^1], WindowNs / 2, WindowNs - RoundTripNs);
        Assert.Equal(long.MaxValue, _missing.NextNs);
        Assert.True(_missing.IsMissing(20));
        _missing.OnPassed(21);
        Assert.False(_missing.IsMissing(20));
        Assert.False(_missing.OnCome(20, WindowNs));
        Assert.Equal((0, 1, 1), (_missing.Count, _counters.Recovered, _counters.GivenUp));
    }

    // What a busy machine does to a round trip of 20 ms.
    [Theory, InlineData(0), InlineData(10), InlineData(19)]
    public void HoweverUnevenlyAnswersComeFiveQuestionsFitIntoTheWindow(int jitterMs)
    {
        for (var i = 0; i < 50; i++)
        {
            var at = 1_000 * i * MsNs;
            _missing.OnGap(i, i, at);
            Assert.Single(AskAt(at + GraceNs));
            Assert.True(_missing.OnCome(i, at + GraceNs + RoundTripNs + (i % 2 == 0 ? jitterMs : -jitterMs) * MsNs));
        }
        _missing.OnGap(100, 100, 100_000 * MsNs);
        var asked = 0;
        for (long now = 0; now < WindowNs; now += MsNs)
            asked += AskAt(100_000 * MsNs + now).Length;
        Assert.InRange(asked, 5, 8);
    }

    [Fact]
    public void NobodyIsAskedMoreThanTheRateAllows()
    {
        long next = 0, asked = 0, rounds = 0;
        const long SecondsNs = 10_000 * MsNs;
        for (long now = 0; now < SecondsNs; now += MsNs)
        {
            _missing.OnGap(next, next + 9, now);        // 10,000 a second get lost, and none comes back
            next += 10;
            _missing.OnPassed(next - 10 * WindowNs / MsNs);
            var count = AskAt(now).Length;
            (asked, rounds) = (asked + count, rounds + (count > 0 ? 1 : 0));
        }
        Assert.InRange(asked, 19_000, 20_500);
        Assert.InRange(rounds, 1, 10 * 200);
        Assert.InRange(_missing.Count, 0, MissingPackets.Max);
        Assert.Equal(asked, _counters.Asked);
    }

    [Fact]
    public void AGapThatIsTooWideKeepsWhatItCanHold()
    {
        _missing.OnGap(0, 5_000, 0);
        Assert.Equal(MissingPackets.Max, _missing.Count);
        Assert.True(_missing.IsMissing(MissingPackets.Max - 1) && !_missing.IsMissing(MissingPackets.Max));
        _missing.Clear();
        Assert.Equal((0, 0), (_missing.Count, _counters.GivenUp));      // nobody was asked for them
    }

    // What is missing is what was left out, did not come and was not passed: against a set, step by step.
    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void HoldsWhatASetWouldHold(int seed)
    {
        var random = new Random(seed);
        var model = new SortedSet<long>();
        long highest = 0, now = 0;
        for (var step = 0; step < 5_000; step++, now += random.NextInt64(3 * MsNs))
        {
            var gap = random.Next(4) == 0 ? random.Next(1, 20) : 0;
            if (gap > 0 && model.Count + gap < MissingPackets.Max / 2)
            {
                _missing.OnGap(highest + 1, highest + gap, now);
                for (var i = 1; i <= gap; i++)
                    model.Add(highest + i);
                highest += gap;
            }
            highest++;
            var late = highest - random.Next(200);
            _missing.OnCome(late, now);
            model.Remove(late);
            if (random.Next(50) == 0)
            {
                _missing.OnPassed(highest - 100);
                model.RemoveWhere(number => number < highest - 100);
            }
            Assert.All(AskAt(now), number => Assert.Contains(number, model));
            for (var number = highest - 250; number <= highest; number++)
                Assert.True(model.Contains(number) == _missing.IsMissing(number), $"seed {seed}, step {step}, number {number}");
        }
    }

    private void Answer(long sequence, long atNs)
    {
        _missing.OnGap(sequence, sequence, atNs);
        Assert.Equal([sequence], AskAt(atNs + GraceNs));
        Assert.True(_missing.OnCome(sequence, atNs + GraceNs + RoundTripNs));
    }

    private long[] AskAt(long nowNs) => _due[.._missing.Collect(nowNs, _due)];
}
