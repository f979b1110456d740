using System.CommandLine;
using Sluice.Host.Commands;

namespace Sluice.Host;

/// <summary>The executable <c>sluice</c>: hands the command line to its verb and gives back an <see cref="ExitCode"/>.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => RunAsync(args, Console.Out, Console.Error);

    /// <summary>The whole program with its outputs given, as tests call it.</summary>
    internal static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var parsed = SluiceCommand.Build().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var mistake in parsed.Errors)
                await error.WriteLineAsync($"sluice: {mistake.Message}");
            await error.WriteLineAsync("Try 'sluice --help'.");
            return ExitCode.Usage;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            // SIGTERM is the host's: a graceful stop and exit code 0, not the library's two seconds and 143.
            ProcessTerminationTimeout = null,
        });
    }
}
