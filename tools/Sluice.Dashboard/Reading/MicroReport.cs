using System.Text.Json;
using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Reading;

/// <summary>BenchmarkDotNet's JSON (brief or full): one file a class, one entry a benchmark.</summary>
internal static class MicroReport
{
    /// <summary>Follows the name of a benchmark that was compiled ahead of time.</summary>
    public const string NativeSuffix = " · native AOT";

    private const string RootNamespace = "Sluice.Micro.";

    public static bool Is(JsonElement root) => root.Child("Benchmarks").ValueKind == JsonValueKind.Array;

    public static ResultGroup Read(JsonElement root, Action<string> problem)
    {
        var measurements = new List<Measurement>();
        var name = "";
        foreach (var benchmark in root.Items("Benchmarks"))
        {
            name = GroupName(benchmark);
            if (TryRead(benchmark, out var measurement))
                measurements.Add(measurement);
            else
                problem($"{benchmark.Text("FullName", "a benchmark")} has no figures: it failed when it ran");
        }
        return new ResultGroup(GroupKind.Micro, name, measurements) { Command = Command(name) };
    }

    public static Machine Machine(JsonElement root)
    {
        var host = root.Child("HostEnvironmentInfo");
        return new Machine(host.Text("ProcessorName", "unknown"), (int)(host.Number("LogicalCoreCount") ?? 0), host.Text("OsVersion", "unknown"));
    }

    // A failed run has null statistics.
    private static bool TryRead(JsonElement benchmark, out Measurement measurement)
    {
        var statistics = benchmark.Child("Statistics");
        measurement = null!;
        if (statistics.Number("Median") is not { } median)
            return false;
        measurement = new Measurement
        {
            Name = Title(benchmark),
            Unit = "ns",
            Value = median,
            Low = statistics.Number("Min") ?? median,
            High = statistics.Number("Max") ?? median,
            Rounds = (int)(statistics.Number("N") ?? 0),
            AllocatedBytes = benchmark.Child("Memory").Number("BytesAllocatedPerOperation"),
        };
        return true;
    }

    private static string GroupName(JsonElement benchmark)
    {
        var full = $"{benchmark.Text("Namespace")}.{benchmark.Text("Type")}";
        return full.StartsWith(RootNamespace, StringComparison.Ordinal) ? full[RootNamespace.Length..] : full;
    }

    // The same method may stand there twice: compiled at run time and ahead of time.
    private static string Title(JsonElement benchmark)
    {
        var parameters = benchmark.Text("Parameters");
        var aot = benchmark.Text("DisplayInfo").Contains("AOT", StringComparison.OrdinalIgnoreCase) ? NativeSuffix : "";
        return benchmark.Text("Method") + (parameters.Length > 0 ? $" ({parameters.Replace("&", ", ", StringComparison.Ordinal)})" : "") + aot;
    }

    private static string Command(string name) => $"dotnet run -c Release --project perf/Sluice.Micro -- --filter '*{name}*'";
}
