using System.CommandLine;
using Sluice.Linux;
using Sluice.Load.Reporting;

namespace Sluice.Load.Commands;

/// <summary>What is around a measurement: its thread, and where its report goes.</summary>
internal static class RunShell
{
    /// <summary>Runs on a thread of its own, pinned and with exact timers.</summary>
    public static Task OnThread(string name, int? core, Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            ThreadControl.SetName(name);
            ThreadControl.SetTimerSlackNs(1);
            if (core is { } number) ThreadControl.PinToCore(number);
            try
            {
                action();
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);   // rethrown by whoever waits
            }
        }) { IsBackground = true }.Start();
        return done.Task;
    }

    /// <summary>A progress line is for a terminal; a pipe or a file gets none.</summary>
    public static bool IsWatched(InvocationConfiguration console, bool quiet) =>
        !quiet && console.Error == Console.Error && !Console.IsErrorRedirected;

    /// <summary>Writes the JSON where it was wished and the summary to the other output. The exit code.</summary>
    public static int Deliver(LoadReport report, string? json, bool quiet, InvocationConfiguration console)
    {
        if (!quiet) (json == "-" ? console.Error : console.Output).Write(Summary.Of(report));
        if (json == "-") console.Output.WriteLine(LoadJson.Text(report));
        else if (json is not null && !TryWrite(json, report, console.Error)) return ExitCode.Failed;
        return report.Broken.Count > 0 ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>For a command line whose parts do not go together.</summary>
    public static int Refuse(InvocationConfiguration console, string problem)
    {
        console.Error.WriteLine($"sluice-load: {problem}");
        console.Error.WriteLine("Try 'sluice-load --help'.");
        return ExitCode.Usage;
    }

    public static int Fail(InvocationConfiguration console, string problem)
    {
        console.Error.WriteLine($"sluice-load: {problem}");
        return ExitCode.Failed;
    }

    private static bool TryWrite(string path, LoadReport report, TextWriter error)
    {
        try
        {
            File.WriteAllText(path, LoadJson.Text(report) + "\n");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"sluice-load: cannot write the report: {e.Message}");
            return false;
        }
    }
}
