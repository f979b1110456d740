using System.CommandLine;

namespace Sluice.Host.Commands.Objects;

/// <summary><c>sluice asset rm</c>.</summary>
internal static class RemoveCommand
{
    public static Command Build()
    {
        var name = AssetCommand.Asset();
        var command = new Command("rm", """
            Delete an asset. Who plays it is told goodbye; a channel that plays it waits for another of that name.
            Example: sluice asset rm film
            """) { name };
        return AssetCommand.Asking(command, async (parsed, client, stop) =>
        {
            var asset = parsed.GetRequiredValue(name);
            if (!AssetCommand.IsName(asset, parsed.InvocationConfiguration.Error))
                return ExitCode.Usage;
            await client.RemoveAsync(asset, stop);
            parsed.InvocationConfiguration.Output.WriteLine($"{asset} is deleted");
            return ExitCode.Ok;
        });
    }
}
