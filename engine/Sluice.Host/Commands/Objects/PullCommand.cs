using System.CommandLine;
using Sluice.Host.Web;

namespace Sluice.Host.Commands.Objects;

/// <summary><c>sluice asset pull</c>: the engine fetches a file.</summary>
internal static class PullCommand
{
    public static Command Build()
    {
        var name = AssetCommand.Name("the URL's last part, without its ending");
        var digest = new Option<string>("--digest") { Description = "What the file must be, as sha-256=:BASE64: (RFC 9530)." };
        var noWait = OrderWatch.NoWait();
        var url = new Argument<string>("URL") { Description = "http:// or https://, of a host that the configuration names (\"hosts\" of \"assets\")." };
        var command = new Command("pull", """
            Have the engine fetch a file from an HTTP server, and wait until it is whole. The engine goes on after breaks and after its own restart.
            Example: sluice asset pull http://origin.example.net/film.ts
            """) { name, digest, noWait, url };
        return AssetCommand.Asking(command, async (parsed, client, stop) =>
        {
            var (from, console) = (parsed.GetRequiredValue(url), parsed.InvocationConfiguration);
            var asset = parsed.GetValue(name) ?? AssetCommand.NameOf(from.Split('?', '#')[0]);
            if (!AssetCommand.IsName(asset, console.Error))
                return ExitCode.Usage;
            var order = new AssetOrder(from, null, null, null, parsed.GetValue(digest), null, null, null);
            return await OrderWatch.RunAsync(client, asset, order, !parsed.GetValue(noWait), console, stop);
        });
    }
}
