using System.CommandLine;
using System.Globalization;
using Sluice.Control.Configuration;
using Sluice.Host.Web;

namespace Sluice.Host.Commands.Objects;

/// <summary><c>sluice asset record</c>: a time of a channel, past or to come, becomes an asset.</summary>
internal static class RecordCommand
{
    private const string TimeForm = "a date such as 2026-11-26T14:00:00Z, how long ago, such as 90s or 2h, or now+10min for what is to come";

    public static Command Build()
    {
        var name = AssetCommand.Name("the channel's and the time");
        var from = new Option<string>("--from") { Description = $"Where it begins; otherwise now: {TimeForm}." };
        var to = new Option<string>("--to") { Description = $"Where it ends; otherwise now: {TimeForm}." };
        var noWait = OrderWatch.NoWait();
        var channel = new Argument<string>("CHANNEL") { Description = "A channel that is kept (\"store\")." };
        var command = new Command("record", """
            Make an asset of a time of a channel, from access point to access point, and wait until it is whole.
            Example: sluice asset record news --from 10min --to now --name cut
            """) { name, from, to, noWait, channel };
        return AssetCommand.Asking(command, async (parsed, client, stop) =>
        {
            var (of, console) = (parsed.GetRequiredValue(channel), parsed.InvocationConfiguration);
            var now = Linux.SystemClock.WallNow.ToDateTimeOffset().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
            var asset = parsed.GetValue(name) ?? $"{of}-{now}";
            if (!AssetCommand.IsName(asset, console.Error))
                return ExitCode.Usage;
            var order = new AssetOrder(null, of, Time(parsed.GetValue(from)), Time(parsed.GetValue(to)), null, null, null, null);
            return await OrderWatch.RunAsync(client, asset, order, !parsed.GetValue(noWait), console, stop);
        });
    }

    // What is no duration goes as it is: the engine says what is wrong with it.
    private static string Time(string? text) => text is null ? "now" : Quantities.TryParseDuration(text, out _) ? $"now-{text}" : text;
}
