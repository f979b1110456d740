using System.Diagnostics;
using System.Globalization;

namespace Sluice.Scenarios.Runner;

/// <summary>What is asked of processes that are not ours.</summary>
internal static class Processes
{
    /// <summary>SIGTERM, so that it may say its last words.</summary>
    public static void Terminate(Process process)
    {
        using var kill = Process.Start("kill", [process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>User and system time of all threads, ns, exact (proc(5), schedstat).</summary>
    public static long CpuNs(int process) =>
        Directory.EnumerateDirectories($"/proc/{process}/task").Sum(task => Native.Numbers(File.ReadAllText($"{task}/schedstat"))[0]);

    /// <summary>The program's place in PATH, or null.</summary>
    public static string? Find(string program) =>
        program.Contains('/', StringComparison.Ordinal)
            ? File.Exists(program) ? program : null
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
