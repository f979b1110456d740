using System.CommandLine;
using System.Globalization;
using Sluice.Control.Status;
using Sluice.Host.Commands.Keep;

namespace Sluice.Host.Commands.Objects;

/// <summary><c>sluice asset ls</c>: what there is.</summary>
internal static class ListCommand
{
    public static Command Build()
    {
        var command = new Command("ls", """
            List the assets: how long and how large each is, who plays it, and where it came from.
            Example: sluice asset ls
            """);
        return AssetCommand.Asking(command, async (parsed, client, stop) =>
        {
            var text = parsed.InvocationConfiguration.Output;
            text.WriteLine($"{"NAME",-24} {"STATE",-10} {"LENGTH",10} {"BYTES",11} {"PLAYERS",7}  FROM");
            foreach (var asset in await client.ListAsync(stop))
                Line(text, asset);
            return ExitCode.Ok;
        });
    }

    private static void Line(TextWriter text, AssetStatus asset)
    {
        text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{asset.Name,-24} {asset.State,-10} {TimeSpan.FromSeconds((long)asset.Seconds),10:c} {Progress.Size(asset.Bytes),11} {asset.Players,7}  ")
            + $"{asset.Origin}{(asset.Source is { } source ? $" of {source}" : "")}");
        if (asset.Problem is { } problem)
            text.WriteLine($"  {problem}");
    }
}
