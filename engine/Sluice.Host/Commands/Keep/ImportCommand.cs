using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Sluice.Control.Configuration;
using Sluice.Host.Live;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Commands.Keep;

/// <summary><c>sluice store import</c>: a .ts file into a channel.</summary>
internal static class ImportCommand
{
    private sealed record Order(string? Store, string? Config, string Channel, long? AtNs, string File);

    public static Command Build()
    {
        var (store, config) = (StoreCommand.Store(), StoreCommand.Config());
        var channel = StoreCommand.Channel(isRequired: true, "The channel, which is made when it is not there.");
        var at = StoreCommand.Time("--at", "When its first packet was; otherwise such that its last is now, but behind all that the channel holds");
        var file = new Argument<string>("FILE") { Description = "An MPEG-TS file: 188-byte packets with clock references." };
        var command = new Command("import", """
            Put an MPEG-TS file into a channel of a store, timed by its clock references. The engine must not be running on
            that channel: one writer at a time. With --config the channel keeps to its size, so that the oldest may go.
            Example: sluice store import --store /var/lib/sluice --channel film film.ts
            """) { store, config, channel, at, file };
        command.SetAction((parsed, stop) => Task.FromResult(Run(new Order(parsed.GetValue(store), parsed.GetValue(config), parsed.GetValue(channel)!,
            parsed.GetValue(at), parsed.GetRequiredValue(file)), parsed.InvocationConfiguration, stop)));
        return command;
    }

    private static int Run(Order order, InvocationConfiguration console, CancellationToken stop)
    {
        if (StoreCommand.Find(order.Store, order.Config, console.Error) is not { } found)
            return ExitCode.Usage;
        try
        {
            using var file = new FileStream(order.File, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
            return Import(order, found.Path, found.Config, file, console, stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            console.Error.WriteLine($"sluice: cannot read {order.File}: {e.Message}");
            return ExitCode.Failed;
        }
    }

    private static int Import(Order order, string path, EngineConfig? config, FileStream file, InvocationConfiguration console, CancellationToken stop)
    {
        var reading = Progress.For(console.Error, "read", file.Length);
        var isGood = TsTimeline.TryRead(file, reading.Tell, out var timeline, out var wrong);
        reading.Done();
        if (!isGood)
            return Refuse(console, $"{order.File} cannot be imported: {wrong}");
        if (!ChannelStore.TryOpen(Options(path, order.Channel, config), order.Channel, out var store, out var problem))
            return Refuse(console, problem.Message);
        var (endNs, _) = TsImport.EndOf(store);
        var atNs = order.AtNs ?? Math.Max(endNs, SystemClock.WallNow.UnixNs - timeline.DurationNs);
        if (atNs < endNs)
        {
            store.Close(SystemClock.Now);
            return Refuse(console, $"{order.Channel} holds packets up to {StoreCommand.Date(endNs)}; --at must not be before that");
        }
        file.Position = 0;
        var writing = Progress.For(console.Error, "imported", file.Length);
        var records = TsImport.Run(store, file, timeline, atNs, writing.Tell, stop);
        writing.Done();
        store.Close(SystemClock.Now);
        return Say(order, store, timeline, atNs, records, console, stop);
    }

    private static int Say(
        Order order, ChannelStore store, TsTimeline timeline, long atNs, long records, InvocationConfiguration console, CancellationToken stop)
    {
        var isDurable = store.Counters is { Dropped: 0, SyncsFailed: 0 } && records * 7 >= timeline.Packets;
        console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{records} records to {order.Channel}, ")
            + $"{StoreCommand.Date(atNs)} to {StoreCommand.Date(atNs + timeline.DurationNs)}");
        if (isDurable)
            return ExitCode.Ok;
        return Refuse(console, stop.IsCancellationRequested ? "stopped before the end; what was imported stays"
            : $"not all of {order.File} is in the store: {Errno.Name((int)store.Counters.LastErrno)}; free space, or name a larger size");
    }

    // Without a configuration nothing of what is there may be let go: the channel takes what it needs.
    private static StoreOptions Options(string path, string channel, EngineConfig? config)
    {
        var known = config?.Channels.FirstOrDefault(one => string.Equals(one.Name, channel, StringComparison.Ordinal));
        if (config?.Store is { } settings && known?.Store is { } keep)
            return LiveStore.OptionsFor(settings, keep, keep.SizeBytes ?? LiveStore.ShareOf(config), track: 0, known.Tracks) with
            {
                SyncEveryNs = 1_000_000_000,
            };
        return new StoreOptions { Path = path, EpochSalt = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) };
    }

    private static int Refuse(InvocationConfiguration console, string why)
    {
        console.Error.WriteLine($"sluice: {why}");
        return ExitCode.Failed;
    }
}
