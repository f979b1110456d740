using System.Security.Cryptography;
using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Live;

/// <summary>
/// The stores of the channels that are kept. A store that cannot be opened is an alarm and a log line, and its channel goes
/// on live. After start the store thread owns them; here only what is for any thread is read.
/// </summary>
internal sealed class LiveStore
{
    private readonly StoreConfig _config;
    private readonly Dictionary<int, ChannelStore> _byFeed = [];
    private readonly List<Alarm> _unavailable = [];
    private readonly List<StoreWatch> _watches = [];

    private LiveStore(StoreConfig config) => _config = config;

    /// <summary>Opens what the configuration asks for; null when it asks for no store.</summary>
    public static LiveStore? Open(EngineConfig config, IReadOnlyList<LiveChannel> channels, ILogger log)
    {
        if (config.Store is not { } settings)
            return null;
        var store = new LiveStore(settings);
        var share = ShareOf(config);
        foreach (var channel in channels)
            if (channel.Config.Store is { } keep)
                store.OpenChannel(channel, keep, keep.SizeBytes ?? share, log);
        return store;
    }

    /// <summary>What a channel may take that says no size of its own.</summary>
    public static long ShareOf(EngineConfig config)
    {
        var keeps = config.Channels.Select(channel => channel.Store).OfType<KeepConfig>().ToList();
        var left = config.Store!.SizeBytes - keeps.Sum(keep => keep.SizeBytes ?? 0);
        return left / Math.Max(1, keeps.Count(keep => keep.SizeBytes is null));
    }

    /// <summary>What a channel's packets are, as their segments say it.</summary>
    public static StoredMedia MediaOf(LiveChannel channel) =>
        new((byte)channel.Media.PayloadType, (uint)channel.Media.ClockRate, channel.Media.EncodingName);

    public ChannelStore?[] ByFeed(int feeds) => [.. Enumerable.Range(0, feeds).Select(feed => _byFeed.GetValueOrDefault(feed))];

    /// <summary>The channel's store; null when it is not kept, or could not be opened. Readers may be on any thread.</summary>
    public ChannelStore? Of(LiveChannel channel) => _byFeed.GetValueOrDefault(channel.Feed);

    /// <summary>Seals every segment. Only after the store thread has ended.</summary>
    public void Close(MonotonicTime now)
    {
        foreach (var store in _byFeed.Values)
            store.Close(now);
    }

    /// <summary>Once a second: what changed since the last time.</summary>
    public void Measure(MonotonicTime now)
    {
        foreach (var watch in _watches)
            watch.Measure(now);
    }

    public StoreStatus Status() => new()
    {
        Path = _config.Path,
        CapacityBytes = _config.SizeBytes,
        UsedBytes = _byFeed.Values.Sum(store => store.DiskBytes),
        RecordsWritten = _byFeed.Values.Sum(store => store.Counters.Records),
        RecordsDropped = _byFeed.Values.Sum(store => store.Counters.Dropped),
        SegmentsPoisoned = _byFeed.Values.Sum(store => store.Counters.SegmentsPoisoned),
        Channels = [.. _watches.Select(watch => watch.Status())],
    };

    /// <summary>What is wrong with the stores now.</summary>
    public IEnumerable<Alarm> Alarms(MonotonicTime now) => _unavailable.Concat(_watches.SelectMany(watch => watch.Look(now)));

    private void OpenChannel(LiveChannel channel, KeepConfig keep, long bytesMax, ILogger log)
    {
        var options = OptionsFor(_config, keep, bytesMax);
        if (ChannelStore.TryOpen(options, channel.Name, out var store, out var problem))
        {
            _byFeed.Add(channel.Feed, store);
            _watches.Add(new StoreWatch(store, options));
            log.StoreOpened(channel.Name, store.Shown.Count, store.Counters.SegmentsScanned, options.Path);
            return;
        }
        log.StoreUnavailable(channel.Name, problem.Message);
        var since = SystemClock.WallNow.ToDateTimeOffset();
        _unavailable.Add(new Alarm("store-unavailable", channel.Name, $"nothing is kept: {problem.Message}", AlarmSeverity.Critical, since));
    }

    internal static StoreOptions OptionsFor(StoreConfig config, KeepConfig keep, long bytesMax) => new()
    {
        Path = config.Path,
        SegmentBytes = Math.Min(config.SegmentBytes, bytesMax / 2) / SegmentHeader.PageBytes * SegmentHeader.PageBytes,
        ChannelBytesMax = bytesMax,
        WindowNs = keep.WindowNs,
        Level = keep.Level,
        SyncEveryNs = keep.Level == AckLevel.Written ? keep.SyncNs : 0,
        EpochSalt = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
    };
}
