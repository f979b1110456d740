using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Jobs;
using Perfolizer.Horology;

namespace Sluice.Micro;

/// <summary>
/// What holds for every benchmark: allocations are shown, and the figures also go to JSON files, because the dashboard
/// reads those. The job comes from the command line (<c>--job short</c>).
/// </summary>
internal sealed class MicroConfig : ManualConfig
{
    /// <summary>Names the folder that results go to; BenchmarkDotNet.Artifacts in the current one when not set.</summary>
    public const string OutputVariable = "SLUICE_BENCH_OUT";

    /// <summary>Set to 1, the native job runs beside the default one: four minutes more to compile, eight on a busy machine.</summary>
    public const string NativeVariable = "SLUICE_BENCH_NATIVE";

    public MicroConfig()
    {
        Add(DefaultConfig.Instance);
        AddDiagnoser(MemoryDiagnoser.Default);
        AddColumn(StatisticColumn.Median, StatisticColumn.Min, StatisticColumn.Max);
        // Without every single measurement: the statistics are what is compared, and these files are kept for good.
        AddExporter(JsonExporter.Brief);
        if (Environment.GetEnvironmentVariable(OutputVariable) is { Length: > 0 } folder)
            ArtifactsPath = Path.GetFullPath(folder);
        if (Environment.GetEnvironmentVariable(NativeVariable) == "1")
            AddJob(Bounded(Job.Default).WithId("Default"), Bounded(NativeJob.Create()));
        BuildTimeout = TimeSpan.FromMinutes(15);     // native code on a busy machine
    }

    // 42 s a benchmark with BenchmarkDotNet's own choice, 40 minutes for all of them twice; so it is some 5 s.
    private static Job Bounded(Job job) => job.WithIterationTime(TimeInterval.FromMilliseconds(100)).WithWarmupCount(5).WithIterationCount(15);
}
