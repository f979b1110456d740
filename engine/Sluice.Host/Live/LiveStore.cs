using System.Security.Cryptography;
using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Live;

/// <summary>
/// The stores of the channels that are kept, a log for each track. A store that cannot be opened is an alarm and a log line, and its channel goes
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

    /// <summary>What a track's packets are, as their segments say it.</summary>
    public static StoredMedia MediaOf(LiveTrack track) =>
        new((byte)track.Media.PayloadType, (uint)track.Media.ClockRate, track.Media.EncodingName);

    public ChannelStore?[] ByFeed(int feeds) => [.. Enumerable.Range(0, feeds).Select(feed => _byFeed.GetValueOrDefault(feed))];

    /// <summary>The log of the channel's first track; null when it is not kept, or could not be opened. Readers may be on any thread.</summary>
    public ChannelStore? Of(LiveChannel channel) => Of(channel.Tracks[0]);

    /// <summary>The same of any track.</summary>
    public ChannelStore? Of(LiveTrack track) => _byFeed.GetValueOrDefault(track.Feed);

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

    // A channel is kept whole or not at all: of picture without sound nobody wants the past.
    private void OpenChannel(LiveChannel channel, KeepConfig keep, long bytesMax, ILogger log)
    {
        var opened = new List<(ChannelStore Store, StoreOptions Options)>();
        foreach (var track in channel.Tracks)
        {
            var options = OptionsFor(_config, keep, bytesMax, track.Number, channel.Tracks.Count);
            if (ChannelStore.TryOpen(options, channel.Name, out var store, out var problem))
            {
                opened.Add((store, options));
                continue;
            }
            opened.ForEach(one => one.Store.Close(SystemClock.Now));
            log.StoreUnavailable(channel.Name, problem.Message);
            var since = SystemClock.WallNow.ToDateTimeOffset();
            _unavailable.Add(new Alarm("store-unavailable", channel.Name, $"nothing is kept: {problem.Message}", AlarmSeverity.Critical, since));
            return;
        }
        foreach (var (track, (store, options)) in channel.Tracks.Zip(opened))
        {
            _byFeed.Add(track.Feed, store);
            _watches.Add(new StoreWatch(store, options));
            log.StoreOpened(store.Log, store.Shown.Count, store.Counters.SegmentsScanned, options.Path);
        }
    }

    /// <param name="config">Of the whole store.</param>
    /// <param name="keep">Of the channel.</param>
    /// <param name="bytesMax">What all tracks of the channel may take together.</param>
    /// <param name="track">Whose log it is.</param>
    /// <param name="tracks">How many tracks the channel may have.</param>
    internal static StoreOptions OptionsFor(StoreConfig config, KeepConfig keep, long bytesMax, int track, int tracks)
    {
        var share = TrackShares.BytesOf(bytesMax, track, tracks);
        return new StoreOptions
        {
            Path = config.Path,
            Track = track,
            SegmentBytes = TrackShares.SegmentBytes(share, track, config.SegmentBytes),
            ChannelBytesMax = share,
            WindowNs = keep.WindowNs,
            Level = keep.Level,
            SyncEveryNs = keep.Level == AckLevel.Written ? keep.SyncNs : 0,
            EpochSalt = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
        };
    }
}
