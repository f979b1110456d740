using System.CommandLine;
using System.Globalization;
using Sluice.Store;

namespace Sluice.Host.Commands.Keep;

/// <summary><c>sluice store ls</c>: the channels of a store and what each holds.</summary>
internal static class ListCommand
{
    public static Command Build()
    {
        var (store, config) = (StoreCommand.Store(), StoreCommand.Config());
        var channel = StoreCommand.Channel(isRequired: false, "Only this channel or track, segment by segment.");
        var command = new Command("ls", """
            List the channels of a store: from when to when, how much, and what is wrong. May be asked while the engine runs.
            Of a channel of several tracks each further one has a line of its own, as news/track1.
            Example: sluice store ls --store /var/lib/sluice
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
        var text = console.Output;
        text.WriteLine($"{(channel is null ? "CHANNEL" : "SEGMENT"),-20} {"FROM",-20} {"TO",-20} {"HELD",10} {"RECORDS",11} {"BYTES",11}  MEDIA");
        foreach (var name in logs)
        {
            var directory = Path.Combine(found.Path, name);
            var segments = StoreInspection.Segments(directory, isThorough: false, _ => { }, stop).ToList();
            if (channel is null || logs.Count > 1)
                Line(text, name, segments);
            if (channel is not null)
                foreach (var segment in segments)
                    Line(text, segment.Number.ToString(CultureInfo.InvariantCulture), [segment]);
            if (StoreInspection.FreeBytes(directory) is > 0 and var free)
                text.WriteLine($"  {Progress.Size(free)} reserved for more");
        }
        return ExitCode.Ok;
    }

    private static void Line(TextWriter text, string name, IReadOnlyList<SegmentReport> segments)
    {
        var held = segments.Where(segment => segment.Range.Records > 0).ToList();
        var (from, to) = held.Count == 0 ? (0, 0) : (held[0].Range.FirstWallNs, held[^1].Range.LastWallNs);
        text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-20} {(held.Count == 0 ? "-" : StoreCommand.Date(from)),-20} {(held.Count == 0 ? "-" : StoreCommand.Date(to)),-20} ")
            + string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromSeconds((to - from) / 1_000_000_000),10:c} {held.Sum(s => s.Range.Records),11} ")
            + $"{Progress.Size(held.Sum(s => s.Range.EndOffset - SegmentHeader.PageBytes)),11}  "
            + string.Join(", ", held.Select(s => s.Media.Encoding).Distinct()));
        foreach (var segment in segments.Where(segment => segment.Fault is not null))
            text.WriteLine($"  {segment.Path} {segment.Fault}");
    }
}
