using System.Text.Json;

namespace Sluice.Tests.Perf;

/// <summary>A folder of stored runs that a test makes up: run.json, one BenchmarkDotNet report and one scenario a run.</summary>
internal sealed class ResultFixture : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sluice-results-");

    public string Root => _root.FullName;

    /// <summary>A run whose parser takes <paramref name="parseNs"/> and whose engine needs <paramref name="engineRatio"/> of the bare loop.</summary>
    public ResultFixture Add(string name, double parseNs, double engineRatio, double loss = 0)
    {
        var machine = new { cpu = "Test CPU", cores = 2, kernel = "6.1" };
        Write(name, "run.json", new { date = Date(name), mode = "full", commit = "0123abc", flags = "AOT", machine });
        Write(name, "Sluice.Micro.Rtp.HeaderBenchmarks-report-brief.json", Micro(parseNs));
        Write(name, "fan-out.json", Scenario(engineRatio, loss));
        return this;
    }

    public string PathOf(string run, string file) => Path.Combine(Root, run, file);

    public void WriteText(string run, string file, string text)
    {
        Directory.CreateDirectory(Path.Combine(Root, run));
        File.WriteAllText(PathOf(run, file), text);
    }

    public void Dispose() => _root.Delete(recursive: true);

    private void Write(string run, string file, object content) => WriteText(run, file, JsonSerializer.Serialize(content));

    private static string Date(string name) => $"{name[..10]}T{name[11..].Replace('-', ':')}";

    private static object Micro(double parseNs) => new
    {
        Title = "made up",
        HostEnvironmentInfo = new { ProcessorName = "Test CPU", LogicalCoreCount = 2, OsVersion = "Debian" },
        Benchmarks = new object[]
        {
            Benchmark("Parse", "Size=188&Kind=<b>odd</b>", new { N = 3, Min = parseNs * 0.99, Median = parseNs, Max = parseNs * 1.01 }),
            Benchmark("Failed", "", null),
        },
    };

    private static object Benchmark(string method, string parameters, object? statistics) => new
    {
        DisplayInfo = $"HeaderBenchmarks.{method}: ShortRun",
        Namespace = "Sluice.Micro.Rtp",
        Type = "HeaderBenchmarks",
        Method = method,
        Parameters = parameters,
        FullName = $"Sluice.Micro.Rtp.HeaderBenchmarks.{method}",
        Statistics = statistics,
        Memory = new { BytesAllocatedPerOperation = 0 },
    };

    private static object Scenario(double engineRatio, double loss) => new
    {
        scenario = "fan-out",
        date = "2026-01-01T00:00:00Z",
        commit = "0123abc",
        machine = new { cpu = "Test CPU", cores = 2, kernel = "6.1" },
        command = "sluice-scenarios run fan-out",
        rows = new object[]
        {
            Row("engine / bare loop", engineRatio, loss, 1.10, 1.05, "lower"),
            Row("GStreamer / ours", 2.2, 0, 2.0, 2.7, "higher"),
            new { name = "no value", unit = "ns" },
        },
        series = new object[]
        {
            new { name = "sluice, spread", unit = "packets/ms", points = Points(50, i => (i, 47 + i % 3)) },
            new { name = "GStreamer", unit = "packets/ms", points = Points(50, i => (i, i % 10 == 0 ? 400 : 5)) },
            new { name = "latency of sluice", unit = "ms", points = Points(101, i => (0.1 + i * 0.01, i / 100.0)) },
        },
    };

    private static object Row(string name, double value, double loss, double target, double stretch, string better) => new
    {
        name, unit = "ratio", value, min = value * 0.99, max = value * 1.01, rounds = 5, loss, target, stretch, better, notes = "",
    };

    private static double[][] Points(int count, Func<int, (double X, double Y)> point) =>
        [.. Enumerable.Range(0, count).Select(point).Select(at => new[] { at.X, at.Y })];
}
