using Sluice.Dashboard.Reading;
using Sluice.Dashboard.Results;

namespace Sluice.Tests.Perf;

public sealed class ResultReaderTests : IDisposable
{
    private const string First = "2026-01-01T10-00-00Z", Second = "2026-01-02T10-00-00Z";

    private readonly ResultFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void ReadsBothKindsOfResults()
    {
        var run = Assert.Single(ResultReader.Read(_fixture.Add(First, 10, 1.04).Root).Runs);

        Assert.Equal((First, "full", "0123abc", new Machine("Test CPU", 2, "6.1")), (run.Name, run.Mode, run.Commit, run.Machine));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 10, 0, 0, TimeSpan.Zero), run.Date);
        var parse = run.Find(GroupKind.Micro, "Rtp.HeaderBenchmarks", "Parse (Size=188, Kind=<b>odd</b>)")!;
        Assert.Equal((10.0, 9.9, 10.1, 3, 0.0), (parse.Value, parse.Low, parse.High, parse.Rounds, parse.AllocatedBytes));
        var engine = run.Find(GroupKind.Scenario, "fan-out", "engine / bare loop")!;
        Assert.Equal((1.04, 1.10, 1.05, Better.Lower, 5), (engine.Value, engine.Target, engine.Stretch, engine.Better, engine.Rounds));
        Assert.Equal(3, run.Group(GroupKind.Scenario, "fan-out")!.Series.Count);
    }

    [Fact]
    public void OrdersRunsByDate() =>
        Assert.Equal([First, Second], ResultReader.Read(_fixture.Add(Second, 10, 1).Add(First, 10, 1).Root).Runs.Select(run => run.Name));

    [Fact]
    public void NamesWhatHasNoFigure()
    {
        var problems = ResultReader.Read(_fixture.Add(First, 10, 1).Root).Problems;

        Assert.Contains(problems, problem => problem.Contains("HeaderBenchmarks.Failed has no figures", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("\"no value\" has no value", StringComparison.Ordinal));
        Assert.Equal(2, problems.Count);
    }

    [Theory]
    [InlineData("{\"scenario\": \"cut\", \"rows\": [", "not read")]
    [InlineData("", "not read")]
    [InlineData("\u0000\u0001", "not read")]
    [InlineData("[]", "neither")]
    [InlineData("17", "neither")]
    [InlineData("{\"scenario\": 5}", "neither")]
    [InlineData("{\"scenario\": \"odd\", \"rows\": [5, null, {\"name\": \"a\", \"value\": \"fast\"}], \"machine\": 3, \"date\": []}", "\"a\" has no value")]
    [InlineData("{\"scenario\": \"odd\", \"rows\": [], \"series\": [3, {\"points\": [[1], [1, 2, 3], \"x\", [1, null]]}]}", "")]
    [InlineData("{\"Benchmarks\": [3, {\"Statistics\": {\"Median\": \"NaN\"}}]}", "has no figures")]
    public void NamesAndSkipsWhatItCannotRead(string text, string complaint)
    {
        _fixture.Add(First, 10, 1).WriteText(First, "strange.json", text);
        var store = ResultReader.Read(_fixture.Root);

        if (complaint.Length > 0)
            Assert.Contains(store.Problems, problem => problem.StartsWith($"{First}/strange.json", StringComparison.Ordinal)
                && problem.Contains(complaint, StringComparison.Ordinal));
        Assert.NotNull(Assert.Single(store.Runs).Find(GroupKind.Scenario, "fan-out", "engine / bare loop"));
    }

    [Theory]
    [InlineData("DisplayInfo", "")]
    [InlineData("HandOver: NativeAOT(Runtime=NativeAOT 9.0)", " · native AOT")]
    public void BenchmarksThatAnswerATargetCarryIt(string displayInfo, string variant)
    {
        string Benchmark(string method, double median) => $$"""
            { "DisplayInfo": "{{displayInfo}}", "Namespace": "Sluice.Micro.Rings", "Type": "HandOverBenchmarks", "Method": "{{method}}",
              "Statistics": { "Median": {{median}}, "Min": {{median}}, "Max": {{median}}, "N": 3 } }
            """;
        _fixture.WriteText(First, "rings.json", $$"""{ "Benchmarks": [ {{Benchmark("ThroughSpscRing", 4)}}, {{Benchmark("ThroughChannel", 100)}} ] }""");

        var run = Assert.Single(ResultReader.Read(_fixture.Root).Runs);
        var ratio = run.Find(GroupKind.Micro, "Rings.HandOverBenchmarks", "rate: SpscRing / Channel" + variant)!;
        Assert.Equal((25.0, 10.0, 20.0, Better.Higher, "P12"), (ratio.Value, ratio.Target, ratio.Stretch, ratio.Better, ratio.Notes));
    }

    [Fact]
    public void AFolderThatIsNotThereIsNamed() =>
        Assert.Contains("does not exist", Assert.Single(ResultReader.Read(Path.Combine(_fixture.Root, "none")).Problems), StringComparison.Ordinal);
}
