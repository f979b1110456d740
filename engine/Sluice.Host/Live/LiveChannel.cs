using Sluice.Control.Configuration;
using Sluice.Control.Rtsp;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtp;

namespace Sluice.Host.Live;

/// <summary>One configured channel at work: its tracks, its sources, its rule for delays, and what its stream turned out to be.</summary>
/// <param name="config">As checked.</param>
/// <param name="index">Its place in the configuration.</param>
/// <param name="firstFeed">Index of its first track's feed in the engine; the other tracks' follow.</param>
/// <param name="firstSource">Index of its first source in the engine; the others follow.</param>
/// <param name="quantumNs">As configured, or the profile's.</param>
internal sealed class LiveChannel(ChannelConfig config, int index, int firstFeed, int firstSource, long quantumNs)
{
    private readonly Lock _lock = new();
    private readonly DelayIndices _indices = new();
    private volatile bool _isCertain = config.Media is not null || config.Sources.All(source => source.Scheme == MediaScheme.Udp);

    public ChannelConfig Config => config;
    public string Name => config.Name;

    /// <summary>How long a train of this channel may be: as configured, or the profile's.</summary>
    public long QuantumNs => quantumNs;

    public int Index => index;

    /// <summary>The stored object that it is; null for what is live.</summary>
    public Sluice.Store.Asset? Asset { get; init; }

    /// <summary>At least one; those that are present come first.</summary>
    public IReadOnlyList<LiveTrack> Tracks { get; } =
        [.. Enumerable.Range(0, config.Tracks).Select(n => new LiveTrack(n, firstFeed + n, MediaOf(config)) { IsPresent = n == 0 && IsKnownUnasked(config) })];

    /// <summary>Where its packets come from, in the order of the configuration.</summary>
    public IReadOnlyList<LiveSource> Sources { get; } = LiveSource.Number(config, firstSource);

    /// <summary>Index of the first track's feed: what is taken where a channel is one stream.</summary>
    public int Feed => Tracks[0].Feed;

    /// <summary>The feeds that are shaped from it, in the order of their first output. Filled before the engine is built.</summary>
    public Dictionary<ShapingConfig, int> Shaped { get; } = [];

    /// <summary>The live feed for an output: its track's, or the one that is shaped as it wants; null when there is none.</summary>
    public int? FeedOf(OutputConfig output) => output.Shaping is not { } shaping ? Tracks[output.Track].Feed
        : Shaped.TryGetValue(shaping, out var shaped) ? shaped : null;

    /// <summary>Whether <see cref="Media"/> is more than an assumption.</summary>
    public bool IsKnown => _isCertain;

    /// <summary>What the first track's packets carry: as configured or as learned, and MPEG-TS until the first packet tells.</summary>
    public MediaDescription Media => Tracks[0].Media;

    /// <summary>As RTSP and SDP tell it.</summary>
    public ChannelDescription Description => new(Name, [.. Tracks.Where(track => track.IsPresent).Select(track => track.Media)], Tracks[0].IsPresent)
    {
        Retransmit = config.Retransmit.Mode == Control.Configuration.RetransmitMode.Off ? null
            : new RetransmitOffer(config.Retransmit.Mode == Control.Configuration.RetransmitMode.Rtx, (int)(config.Retransmit.TimeNs / 1_000_000)),
    };

    public DelayPlan Delays { get; } = new(
        (Flow.DelayMode)(int)config.Delay.Mode,
        config.Delay.Mode == Control.Configuration.DelayMode.Fixed ? config.Delay.ValueNs : config.Delay.RangeNs,
        config.Delay.Seed, quantumNs);

    /// <summary>Chooses the delay of a client that joins: the smallest free index, so that the spread stays even.</summary>
    public (int Index, long DelayNs) TakeDelay()
    {
        lock (_lock)
        {
            var index = _indices.Take();
            return (index, Delays.DelayNs(index));
        }
    }

    public void ReturnDelay(int index)
    {
        lock (_lock)
            _indices.Return(index);
    }

    /// <summary>Learns from the first packets what a source without configuration sends. True when it is news.</summary>
    public bool Learn(EngineCore<DatagramSocket> core)
    {
        if (_isCertain)
            return false;
        foreach (var source in Sources.Where(source => !source.Url.IsSession))
        {
            if (core.PayloadTypeOf(source.First) is not (>= 0 and var payloadType) || RtpStaticPayloadTypes.Find((byte)payloadType) is not { } known)
                continue;
            _isCertain = true;
            Set(core, Tracks[0], new MediaDescription(known.Kind == RtpMediaKind.Audio ? MediaKind.Audio : MediaKind.Video,
                (byte)payloadType, known.Encoding, known.ClockRate, Math.Max(known.Channels, 1)));
            return true;
        }
        return false;
    }

    /// <summary>
    /// Takes what a session's description says for what the tracks carry; a track that it does not have is absent from now on. Returns
    /// the tracks whose players must ask anew.
    /// </summary>
    public IReadOnlyList<LiveTrack> Describe(EngineCore<DatagramSocket> core, IReadOnlyList<MediaDescription> medias)
    {
        lock (_lock)
        {
            var changed = Tracks.Where(track => track.IsPresent && (track.Number >= medias.Count || track.Media != medias[track.Number])).ToList();
            foreach (var track in Tracks.Take(medias.Count))
                Set(core, track, medias[track.Number]);
            // Absent ones from the end, present ones from the front: a description that is made meanwhile has no hole.
            foreach (var track in Tracks.Skip(medias.Count).Reverse())
                track.IsPresent = false;
            _isCertain = true;
            return changed;
        }
    }

    private static void Set(EngineCore<DatagramSocket> core, LiveTrack track, MediaDescription media)
    {
        track.Media = media;
        core.SetClockRate(track.Feed, media.ClockRate);
        core.SetAccessCodec(track.Feed, track.AccessCodec);
        track.IsPresent = true;
    }

    // By configuration, or MPEG-TS until the first packet tells; a session says itself what it brings.
    private static bool IsKnownUnasked(ChannelConfig config) => config.Sources.Count == 0 || config.Sources.Any(source => !source.IsSession);

    private static MediaDescription MediaOf(ChannelConfig config) => config.Media is { } media
        ? new MediaDescription(
            Enum.Parse<MediaKind>(media.Kind, ignoreCase: true), (byte)media.PayloadType,
            media.Encoding, media.ClockRate, media.AudioChannels ?? 1, media.Fmtp)
        : MediaDescription.TransportStream;
}
