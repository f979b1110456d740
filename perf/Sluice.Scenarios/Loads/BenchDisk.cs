using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Loads;

/// <summary>
/// A folder for one scenario on the disk that is measured (<c>SLUICE_BENCH_DISK</c>, else the system's temporary folder); goes with the scenario.
/// </summary>
internal sealed class BenchDisk : IDisposable
{
    public BenchDisk()
    {
        var set = Environment.GetEnvironmentVariable("SLUICE_BENCH_DISK");
        Path = System.IO.Path.Combine(set is { Length: > 0 } ? set : System.IO.Path.GetTempPath(), $"sluice-scenario-{Environment.ProcessId}");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    /// <summary>Makes the kernel forget everything below, written to the disk before or as far as it is there (<c>Native/cold.c</c>).</summary>
    public void MakeCold(RunOptions options, bool isWrittenFirst = true) =>
        options.Native.Run("cold.c", [isWrittenFirst ? "s" : "n", .. Directory.GetFiles(Path, "*", SearchOption.AllDirectories)]);

    /// <summary>Empties the folder.</summary>
    public void Clear()
    {
        Directory.Delete(Path, recursive: true);
        Directory.CreateDirectory(Path);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
