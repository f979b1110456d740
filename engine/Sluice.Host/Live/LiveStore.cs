using System.Security.Cryptography;
using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Live;

/// <summary>
/// The stores of the channels that are kept. A store that cannot be opened is an alarm and a log line, and its channel goes
/// on live. After start the store thread owns them; here only their counters are read.
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
        var kept = config.Channels.Count(channel => channel.Store);
        foreach (var channel in channels.Where(channel => channel.Config.Store))
            store.OpenChannel(channel.Name, channel.Feed, settings.SizeBytes / kept, log);
        return store;
    }

    public ChannelStore?[] ByFeed(int feeds) => [.. Enumerable.Range(0, feeds).Select(feed => _byFeed.GetValueOrDefault(feed))];

    /// <summary>Seals every segment. Only after the store thread has ended.</summary>
    public void Close(MonotonicTime now)
    {
        foreach (var store in _byFeed.Values)
            store.Close(now);
    }

    public StoreStatus Status() => new()
    {
        Path = _config.Path,
        CapacityBytes = _config.SizeBytes,
        UsedBytes = _byFeed.Values.Sum(store => store.Counters.Bytes),
        RecordsWritten = _byFeed.Values.Sum(store => store.Counters.Records),
        RecordsDropped = _byFeed.Values.Sum(store => store.Counters.Dropped),
        SegmentsPoisoned = _byFeed.Values.Sum(store => store.Counters.SegmentsPoisoned),
    };

    /// <summary>What is wrong with the stores now.</summary>
    public IEnumerable<Alarm> Alarms() => _unavailable.Concat(_watches.Select(watch => watch.Look()).OfType<Alarm>());

    private void OpenChannel(string channel, int feed, long bytesMax, ILogger log)
    {
        var options = new StoreOptions
        {
            Path = _config.Path,
            SegmentBytes = Math.Min(_config.SegmentBytes, bytesMax / 2 / SegmentHeaderAlignment * SegmentHeaderAlignment),
            ChannelBytesMax = bytesMax,
            EpochSalt = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
        };
        if (ChannelStore.TryOpen(options, channel, out var store, out var problem))
        {
            _byFeed.Add(feed, store);
            _watches.Add(new StoreWatch(store));
            return;
        }
        log.StoreUnavailable(channel, problem.Message);
        var since = SystemClock.WallNow.ToDateTimeOffset();
        _unavailable.Add(new Alarm("store-unavailable", channel, $"nothing is kept: {problem.Message}", AlarmSeverity.Critical, since));
    }

    private const long SegmentHeaderAlignment = 4096;
}
