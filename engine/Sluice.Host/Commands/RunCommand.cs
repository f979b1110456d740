using System.CommandLine;
using System.Runtime;
using Sluice.Control.Configuration;
using Sluice.Host.Metrics;
using Sluice.Host.Running;
using Sluice.Linux;

namespace Sluice.Host.Commands;

/// <summary><c>sluice run FILE</c>: serve until SIGTERM or Ctrl-C.</summary>
internal static class RunCommand
{
    public static Command Build()
    {
        var file = ConfigFile.Argument();
        var command = new Command("run", """
            Serve the channels of a configuration file until SIGTERM or Ctrl-C, then stop within two seconds.
            Example: sluice run /etc/sluice.json
            """) { file };
        command.SetAction((parsed, stop) => RunAsync(parsed.GetRequiredValue(file), parsed.InvocationConfiguration, stop));
        return command;
    }

    private const int ControlNice = -10;
    private const long ControlSliceNs = 1_000_000;

    private static async Task<int> RunAsync(string path, InvocationConfiguration console, CancellationToken stop)
    {
        if (ConfigFile.Load(path, console.Error) is not { } config)
            return ExitCode.Usage;
        // A collection stands every thread still until the one that happens to collect is done, the sending ones too: it must not wait for
        // its turn behind other programs, nor for the finalizer's. Threads that are made from here on inherit it; those of the data plane go before these.
        // Beside programs of other sessions that counts only together with the session's own value.
        if (config.Profile != IdleProfile.Eco)
        {
            ThreadControl.TrySetNiceOfProcess(ControlNice, ControlSliceNs);
            ThreadControl.TrySetNiceOfSession(ControlNice);
        }
        // Without this a full collection blocks now and then, whatever runs in the background: 70 to 190 ms beside 15,000 connections.
        GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
        CollectionWatch.Start();
        return await HostRun.RunAsync(config, Engines.Create, console.Error, _ => { }, stop);
    }
}
