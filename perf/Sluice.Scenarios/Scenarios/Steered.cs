using System.Diagnostics;
using System.Globalization;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// Another scenario with the receivers' half of the kernel's path on the other core, as it is on another machine behind a network card.
/// <code>
///   server ── sendmmsg ──► lo ══ receive packet steering ══► UDP, queues ──► sink.c
///   core A                                                   core B
/// </code>
/// On a loopback without it every packet's way into its receiver's queue runs in the sender's system call and is charged to it. It is set in a network
/// namespace that this makes for itself (unshare(1); Documentation/networking/scaling.rst, RPS), so the machine's own loopback stays as it is.
/// </summary>
internal sealed class Steered(Scenario scenario) : Scenario
{
    private const string Prepare =
        "mount -t sysfs sysfs /sys && ip link set lo up && echo \"$1\" >/sys/class/net/lo/queues/rx-0/rps_cpus && shift && exec \"$@\"";

    public override string Name => scenario.Name + "-steered";
    public override string Summary => $"{scenario.Summary}; receivers' half of the path on the other core";

    public override void Run(RunOptions options, Findings findings)
    {
        if (Processes.Find("unshare") is null || !Environment.IsPrivilegedProcess)
        {
            Console.WriteLine("  left out: needs unshare and root, for a network namespace of its own");
            return;
        }
        var folder = Directory.CreateTempSubdirectory("sluice-steered-");
        try
        {
            using var child = Process.Start("setpriv", Arguments(options, folder.FullName));
            child.WaitForExit();
            if (child.ExitCode != 0)
                throw new InvalidOperationException($"{scenario.Name} in a network namespace ended with {child.ExitCode}");
            var report = ReportJson.Read(Path.Combine(folder.FullName, $"{scenario.Name}.json"));
            findings.Rows.AddRange(report.Rows);
            findings.Series.AddRange(report.Series);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private string[] Arguments(RunOptions options, string folder) =>
    [
        // A scenario that is cut short must not go on in there.
        "--pdeathsig", "KILL", "unshare", "--net", "--mount", "sh", "-c", Prepare, "sh", (1 << options.OtherCore).ToString("x", CultureInfo.InvariantCulture),
        Environment.ProcessPath!, "run", scenario.Name, options.Full ? "--full" : "--quick", "--sluice", options.SluicePath, "--out", folder,
    ];
}
