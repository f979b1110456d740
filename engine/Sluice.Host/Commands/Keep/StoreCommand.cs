using System.CommandLine;
using System.Globalization;
using Sluice.Control.Configuration;
using Sluice.Store;

namespace Sluice.Host.Commands.Keep;

/// <summary><c>sluice store</c>: what people do with a store: look, check, take out, put in.</summary>
internal static class StoreCommand
{
    private const string TimeForm = "a date such as 2026-11-26T14:00:00Z, or how long ago, such as 90s, 10min or 2h";

    public static Command Build() => new("store", """
        Look at a store, check it, take media out of it and put media in. A store is named by its directory, or by
        the configuration that has it.
        """)
    {
        ListCommand.Build(),
        VerifyCommand.Build(),
        ExportCommand.Build(),
        ImportCommand.Build(),
    };

    internal static Option<string> Store() => new("--store") { Description = "Directory of the store, as \"path\" in the configuration." };

    internal static Option<string> Config() => new("--config") { Description = "A configuration file whose store is meant, instead of --store." };

    internal static Option<string> Channel(bool isRequired, string description = "The channel.") =>
        new("--channel") { Description = description, Required = isRequired };

    internal static Option<long?> Time(string name, string description)
    {
        var option = new Option<long?>(name) { Description = $"{description}: {TimeForm}." };
        option.CustomParser = result =>
        {
            if (TryParseTime(result.Tokens[0].Value, out var ns))
                return ns;
            result.AddError($"{name} needs {TimeForm}.");
            return null;
        };
        return option;
    }

    /// <summary>The store's directory and, when it came from a configuration, that; null when neither or a wrong one is given, which has been said.</summary>
    internal static (string Path, EngineConfig? Config)? Find(string? store, string? config, TextWriter error)
    {
        if ((store is null) == (config is null))
        {
            error.WriteLine("sluice: say which store: --store DIR or --config FILE");
            return null;
        }
        if (store is not null)
            return (store, null);
        if (ConfigFile.Load(config!, error) is not { } read)
            return null;
        if (read.Store is { } settings)
            return (settings.Path, read);
        error.WriteLine($"sluice: {config} has no store");
        return null;
    }

    /// <summary>
    /// The logs meant, one a track, as they are named below the store; of a channel its first track's is the first. Null when it is not there, which has
    /// been said.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="channel">A channel, or a track of it as <c>news/track1</c>; null = all.</param>
    /// <param name="error">Where it is said.</param>
    internal static IReadOnlyList<string>? Logs(string store, string? channel, TextWriter error)
    {
        var all = StoreInspection.Channels(store);
        if (channel is null && all.Count > 0)
            return [.. all.SelectMany(name => StoreInspection.Logs(store, name))];
        if (channel is not null && all.Contains(channel, StringComparer.Ordinal))
            return StoreInspection.Logs(store, channel);
        if (channel is not null && all.Contains(channel.Split('/')[0], StringComparer.Ordinal)
            && StoreInspection.Logs(store, channel.Split('/')[0]).Contains(channel, StringComparer.Ordinal))
            return [channel];
        error.WriteLine(all.Count == 0 ? $"sluice: there is no store in {store}"
            : $"sluice: {store} has no channel \"{channel}\"; it has {string.Join(", ", all)}");
        return null;
    }

    internal static string Date(long wallNs) =>
        DateTimeOffset.UnixEpoch.AddTicks(wallNs / 100).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static bool TryParseTime(string text, out long ns)
    {
        if (Quantities.TryParseDuration(text, out var agoNs))
        {
            ns = Linux.SystemClock.WallNow.UnixNs - agoNs;
            return true;
        }
        var isDate = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date);
        ns = isDate ? (date - DateTimeOffset.UnixEpoch).Ticks * 100 : 0;
        return isDate;
    }
}
