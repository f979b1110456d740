using System.Diagnostics;

namespace Sluice.Scenarios.Runner;

/// <summary>What is printed beside every figure: kernel, processor, commit.</summary>
internal static class MachineFacts
{
    public static Machine Read() => new(Cpu(), Environment.ProcessorCount, File.ReadAllText("/proc/sys/kernel/osrelease").Trim());

    /// <summary>The commit of the sources that the working directory belongs to; "unknown" outside of a repository.</summary>
    public static string Commit()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", "rev-parse --short HEAD")
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            var commit = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? commit : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";       // no git on this machine
        }
    }

    /// <summary>Resident bytes of this process.</summary>
    public static long ResidentBytes() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], null) * Environment.SystemPageSize;

    private static string Cpu() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";
}
