using System.CommandLine;
using System.Text;

namespace Sluice.Host.Commands;

/// <summary><c>sluice schema</c>: the JSON schema of the configuration file.</summary>
internal static class SchemaCommand
{
    public static Command Build()
    {
        var command = new Command("schema", """
            Print the JSON schema (draft 2020-12) of the configuration file, for editors.
            Example: sluice schema > sluice.schema.json
            """);
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.Write(Encoding.UTF8.GetString(Resources.Schema));
            return ExitCode.Ok;
        });
        return command;
    }
}
