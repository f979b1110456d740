using System.CommandLine;
using Sluice.Store;

namespace Sluice.Host.Commands.Keep;

/// <summary><c>sluice store verify</c>: every record's checksum.</summary>
internal static class VerifyCommand
{
    public static Command Build()
    {
        var (store, config, channel) = (StoreCommand.Store(), StoreCommand.Config(), StoreCommand.Channel(isRequired: false, "Only this channel or track."));
        var command = new Command("verify", """
            Read every record of a store and compute its checksum; name every file that is not as it was written. Changes nothing
            and may run while the engine does. Exits 0 when all is well and 1 when something is not.
            Example: sluice store verify --store /var/lib/sluice --channel news
            """) { store, config, channel };
        command.SetAction((parsed, stop) => Task.FromResult(
            Run(parsed.GetValue(store), parsed.GetValue(config), parsed.GetValue(channel), parsed.InvocationConfiguration, stop)));
        return command;
    }

    private static int Run(string? store, string? config, string? channel, InvocationConfiguration console, CancellationToken stop)
    {
        if (StoreCommand.Find(store, config, console.Error) is not { } found)
            return ExitCode.Usage;
        if (StoreCommand.Logs(found.Path, channel, console.Error) is not { } logs)
            return ExitCode.Failed;
        var faults = logs.Sum(name => Verify(found.Path, name, console, stop));
        if (stop.IsCancellationRequested)
            console.Error.WriteLine("sluice: stopped before the end");
        return faults == 0 && !stop.IsCancellationRequested ? ExitCode.Ok : ExitCode.Failed;
    }

    private static int Verify(string store, string channel, InvocationConfiguration console, CancellationToken stop)
    {
        var directory = Path.Combine(store, channel);
        var progress = Progress.For(console.Error, $"{channel}: verified", 0);
        var (segments, records, bytes, faults) = (0, 0L, 0L, 0);
        foreach (var segment in StoreInspection.Segments(directory, isThorough: true, progress.Tell, stop))
        {
            (segments, records, bytes) = (segments + 1, records + segment.Range.Records, bytes + segment.Range.EndOffset - SegmentHeader.PageBytes);
            if ((segment.Fault ?? segment.Note) is not { } words)
                continue;
            progress.Done();
            faults += segment.Fault is null ? 0 : 1;
            console.Output.WriteLine($"{segment.Path} {words}");
        }
        progress.Done();
        console.Output.WriteLine($"{channel}: {segments} segments, {records} records, {Progress.Size(bytes)}: "
            + (faults == 0 ? "all as they were written" : $"{faults} segments are not as they were written"));
        return faults;
    }
}
