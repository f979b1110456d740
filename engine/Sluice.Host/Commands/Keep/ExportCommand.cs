using System.CommandLine;
using Sluice.Store;

namespace Sluice.Host.Commands.Keep;

/// <summary><c>sluice store export</c>: a time of a channel as a .ts file.</summary>
internal static class ExportCommand
{
    private sealed record Order(string? Store, string? Config, string Channel, long FromNs, long ToNs, string Out, bool MayReplace);

    public static Command Build()
    {
        var (store, config, channel) = (StoreCommand.Store(), StoreCommand.Config(), StoreCommand.Channel(isRequired: true));
        var from = StoreCommand.Time("--from", "The first moment; otherwise from the oldest packet");
        var to = StoreCommand.Time("--to", "The moment before which it ends; otherwise up to the newest packet");
        var force = new Option<bool>("--force") { Description = "Replace OUT when it exists." };
        var target = new Argument<string>("OUT") { Description = "The .ts file to make, or - for standard output." };
        var command = new Command("export", """
            Write what a channel holds of a time to a file, byte for byte as it came in. Only MPEG-TS can be put end to end.
            May run while the engine does. The file appears under its name when it is whole.
            Example: sluice store export --store /var/lib/sluice --channel news --from 2h --to 1h hour.ts
            """) { store, config, channel, from, to, force, target };
        command.SetAction((parsed, stop) => Task.FromResult(Run(new Order(parsed.GetValue(store), parsed.GetValue(config), parsed.GetValue(channel)!,
            parsed.GetValue(from) ?? long.MinValue, parsed.GetValue(to) ?? long.MaxValue, parsed.GetRequiredValue(target), parsed.GetValue(force)),
            parsed.InvocationConfiguration, stop)));
        return command;
    }

    private static int Run(Order order, InvocationConfiguration console, CancellationToken stop)
    {
        if (StoreCommand.Find(order.Store, order.Config, console.Error) is not { } found)
            return ExitCode.Usage;
        if (StoreCommand.Logs(found.Path, order.Channel, console.Error) is null)
            return ExitCode.Failed;
        if (order.Out != "-" && File.Exists(order.Out) && !order.MayReplace)
        {
            console.Error.WriteLine($"sluice: {order.Out} exists; name another file, or say --force");
            return ExitCode.Usage;
        }
        try
        {
            return Write(order, Path.Combine(found.Path, order.Channel), console, stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            console.Error.WriteLine($"sluice: cannot write {order.Out}: {e.Message}");
            return ExitCode.Failed;
        }
    }

    private static int Write(Order order, string directory, InvocationConfiguration console, CancellationToken stop)
    {
        var part = order.Out + ".part";
        var progress = Progress.For(console.Error, "exported", 0);
        ExportResult result;
        using (var target = order.Out == "-" ? Console.OpenStandardOutput() : new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 20))
            result = StoreExport.Run(directory, order.FromNs, order.ToNs, target, progress.Tell, stop);
        progress.Done();
        var isWhole = Say(result, order, console.Error, stop);
        if (order.Out != "-" && result.Records == 0)
            File.Delete(part);
        else if (order.Out != "-" && !stop.IsCancellationRequested)
            File.Move(part, order.Out, overwrite: true);
        return isWhole ? ExitCode.Ok : ExitCode.Failed;
    }

    private static bool Say(in ExportResult result, Order order, TextWriter error, CancellationToken stop)
    {
        var wrong = result switch
        {
            _ when stop.IsCancellationRequested => $"stopped before the end; what there is lies in {order.Out}.part",
            { OtherMedia: { } media } => $"{order.Channel} carries {media} as RTP; only MPEG-TS can be put end to end",
            { Records: 0 } => $"{order.Channel} holds nothing of that time; see sluice store ls",
            { SegmentsHarmed: > 0 } => $"{result.SegmentsHarmed} segments are harmed, and what they held is missing; see sluice store verify",
            _ => null,
        };
        error.WriteLine($"{result.Records} records, {result.Bytes} bytes to {order.Out}");
        if (wrong is not null)
            error.WriteLine($"sluice: {wrong}");
        return wrong is null;
    }
}
