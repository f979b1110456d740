using Sluice.Dashboard.Comparing;
using Sluice.Dashboard.Results;

namespace Sluice.Tests.Perf;

public class ComparisonTests
{
    private const double Spread = 0.01;

    /// <summary>Values of one scenario's figure, oldest first, and what is said of the last.</summary>
    public static TheoryData<double[], string, string> Histories => new()
    {
        { [100], "lower", nameof(Verdict.New) },
        { [100, 104], "lower", nameof(Verdict.Same) },                     // under the floor of 5 %
        { [100, 106], "lower", nameof(Verdict.Worse) },
        { [100, 94], "lower", nameof(Verdict.Better) },
        { [100, 106], "higher", nameof(Verdict.Better) },
        { [100, 94], "higher", nameof(Verdict.Worse) },
        { [50, 100, 102], "lower", nameof(Verdict.Same) },                 // beside the last run only
        { [100, 110, 100, 110, 100, 110], "lower", nameof(Verdict.Same) }, // it always wanders so far
        { [100, 100, 160, 160, 160, 175], "lower", nameof(Verdict.Worse) },// one step long ago hides nothing
    };

    [Theory, MemberData(nameof(Histories))]
    public void JudgesTheNewestBesideTheRunBefore(double[] values, string better, string verdict)
    {
        var runs = values.Select((value, day) => Run(day, Figure(value) with { Better = better == "higher" ? Better.Higher : Better.Lower })).ToArray();

        Assert.Equal(verdict, $"{Last(runs).Verdict}");
    }

    [Fact]
    public void WideRoundsAreNoise()
    {
        var wide = Figure(120) with { Low = 90, High = 150 };

        Assert.Equal(Verdict.Same, Last([Run(0, Figure(100)), Run(1, wide)]).Verdict);
    }

    [Fact]
    public void AnotherMachineIsNoMeasure()
    {
        var elsewhere = Run(0, Figure(100)) with { Machine = new Machine("another", 2, "6.1") };

        Assert.Equal(Verdict.New, Last([elsewhere, Run(1, Figure(200))]).Verdict);
    }

    [Fact]
    public void ComparesWithTheLastRunThatHasTheFigure()
    {
        var change = Last([Run(0, Figure(100)), Run(1, Figure(7) with { Name = "another" }), Run(2, Figure(150))]);

        Assert.Equal((Verdict.Worse, "run 0"), (change.Verdict, change.Since));
    }

    [Fact]
    public void LossIsWorseAndALossyRunIsNoBaseline()
    {
        var lossy = Figure(90) with { Loss = 3 };

        Assert.Equal(Verdict.Worse, Last([Run(0, Figure(100)), Run(1, lossy)]).Verdict);
        Assert.Equal("run 0", Last([Run(0, Figure(100)), Run(1, lossy), Run(2, Figure(100))]).Since);
    }

    [Fact]
    public void ACallThatBeginsToAllocateIsWorse()
    {
        var runs = new[] { Run(0, Figure(100) with { AllocatedBytes = 0 }), Run(1, Figure(100) with { AllocatedBytes = 24 }) };

        Assert.Equal(Verdict.Worse, Last(runs).Verdict);
    }

    [Theory]
    [InlineData("full", true)]
    [InlineData("quick", false)]     // a quick run leaves out what a full one has
    public void NamesWhatIsGone(string mode, bool gone)
    {
        var runs = new[] { Run(0, Figure(100)), Run(1, Figure(7) with { Name = "another" }) with { Mode = mode } };

        Assert.Equal(gone, Comparison.Of(runs, 1).Any(change => change.Verdict == Verdict.Gone && change.Now.Name == "figure"));
    }

    [Theory]
    [InlineData(1.2, 0.0, nameof(Goal.Missed))]
    [InlineData(1.1, 0.0, nameof(Goal.Met))]
    [InlineData(1.05, 0.0, nameof(Goal.StretchMet))]
    [InlineData(1.0, 1.0, nameof(Goal.NotCounted))]
    public void TellsHowAFigureStandsToItsTarget(double value, double loss, string goal)
    {
        var lower = Figure(value) with { Target = 1.1, Stretch = 1.05, Loss = loss };
        var higher = Figure(-value) with { Target = -1.1, Stretch = -1.05, Loss = loss, Better = Better.Higher };

        Assert.Equal((goal, goal), ($"{lower.GoalOf()}", $"{higher.GoalOf()}"));
        Assert.Equal(Goal.None, (lower with { Target = null }).GoalOf());
    }

    [Fact]
    public void NothingIsWorseThanItselfWhateverTheFigures()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var one = Figure(random.NextDouble() * Math.Pow(10, random.Next(-3, 7)));
            var change = Last([.. Enumerable.Range(0, 1 + random.Next(6)).Select(day => Run(day, one)), Run(9, one)]);
            Assert.True(change.Verdict == Verdict.Same, $"seed {seed}: {change}");
        }
    }

    private static Change Last(StoredRun[] runs) =>
        Comparison.Of(runs, runs.Length - 1).Single(change => change.Now.Name == "figure" && change.Verdict != Verdict.Gone);

    private static Measurement Figure(double value) => new()
    {
        Name = "figure", Unit = "ns", Value = value, Low = value * (1 - Spread), High = value * (1 + Spread), Rounds = 5, Loss = 0,
    };

    private static StoredRun Run(int day, Measurement figure) => new()
    {
        Name = $"run {day}",
        Date = DateTimeOffset.UnixEpoch.AddDays(day),
        Mode = "full",
        Machine = new Machine("CPU", 2, "6.1"),
        Groups = [new ResultGroup(GroupKind.Scenario, "scenario", [figure])],
    };
}
