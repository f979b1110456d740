namespace Sluice.Load.Reporting;

/// <summary>Where the figures come from.</summary>
internal static class Machine
{
    public static string Kernel { get; } = Read("/proc/sys/kernel/ostype") + " " + Read("/proc/sys/kernel/osrelease");

    private static string Read(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : "?";
}
