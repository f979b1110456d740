using System.CommandLine;
using Sluice.Control.Configuration;

namespace Sluice.Host.Commands;

/// <summary><c>sluice check FILE</c>: every mistake with its place, or what was understood.</summary>
internal static class CheckCommand
{
    public static Command Build()
    {
        var file = ConfigFile.Argument();
        var command = new Command("check", """
            Name every mistake in a configuration file, as FILE:LINE:COLUMN: what is wrong; expected what is right.
            Exits 0 and says what was understood when there is none, and 2 otherwise.
            """) { file };
        command.SetAction(parsed => Check(parsed.GetRequiredValue(file), parsed.InvocationConfiguration));
        return command;
    }

    private static int Check(string path, InvocationConfiguration console)
    {
        if (ConfigFile.Load(path, console.Error) is not { } config)
            return ExitCode.Usage;
        console.Output.WriteLine($"{path}: correct");
        console.Output.Write(ConfigSummary.Of(config));
        return ExitCode.Ok;
    }
}
