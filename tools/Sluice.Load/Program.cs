using System.CommandLine;
using System.Text;
using Sluice.Load.Commands;

namespace Sluice.Load;

/// <summary>The executable <c>sluice-load</c>.</summary>
public static class Program
{
    public static Task<int> Main(string[] args)
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return RunAsync(args, Console.Out, Console.Error);
    }

    /// <summary>The whole program with its outputs given, as tests and scenarios call it.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(error);
        var parsed = LoadCommand.Root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var mistake in parsed.Errors) await error.WriteLineAsync($"sluice-load: {mistake.Message}").ConfigureAwait(false);
            await error.WriteLineAsync("Try 'sluice-load --help'.").ConfigureAwait(false);
            return ExitCode.Usage;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output, Error = error, EnableDefaultExceptionHandler = false,
            // A signal ends the measurement, and the report is still written.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
        }, stop).ConfigureAwait(false);
    }
}
