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

    /// <summary>At least one.</summary>
    public IReadOnlyList<LiveTrack> Tracks { get; } = [new LiveTrack(0, firstFeed, MediaOf(config))];

    /// <summary>Index of the first track's feed: what outputs that carry one stream take.</summary>
    public int Feed => Tracks[0].Feed;

    /// <summary>The feeds that are shaped from it, in the order of their first output. Filled before the engine is built.</summary>
    public Dictionary<ShapingConfig, int> Shaped { get; } = [];

    /// <summary>The feed for outputs that are shaped so; null when there is none.</summary>
    public int? FeedOf(ShapingConfig? shaping) => shaping is null ? Feed : Shaped.TryGetValue(shaping, out var shaped) ? shaped : null;

    /// <summary>Index of the channel's first source in the engine; the others follow.</summary>
    public int FirstSource => firstSource;

    /// <summary>Whether <see cref="Media"/> is more than an assumption.</summary>
    public bool IsKnown => _isCertain;

    /// <summary>What the first track's packets carry: as configured or as learned, and MPEG-TS until the first packet tells.</summary>
    public MediaDescription Media => Tracks[0].Media;

    /// <summary>As RTSP and SDP tell it.</summary>
    public ChannelDescription Description => new(Name, [.. Tracks.Select(track => track.Media)])
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
        for (var source = firstSource; source < firstSource + config.Sources.Count; source++)
        {
            if (core.PayloadTypeOf(source) is not (>= 0 and var payloadType) || RtpStaticPayloadTypes.Find((byte)payloadType) is not { } known)
                continue;
            _isCertain = true;
            core.SetClockRate(Feed, known.ClockRate);
            Tracks[0].Media = new MediaDescription(known.Kind == RtpMediaKind.Audio ? MediaKind.Audio : MediaKind.Video,
                (byte)payloadType, known.Encoding, known.ClockRate, Math.Max(known.Channels, 1));
            core.SetAccessCodec(Feed, Tracks[0].AccessCodec);
            return true;
        }
        return false;
    }

    private static MediaDescription MediaOf(ChannelConfig config) => config.Media is { } media
        ? new MediaDescription(
            Enum.Parse<MediaKind>(media.Kind, ignoreCase: true), (byte)media.PayloadType,
            media.Encoding, media.ClockRate, media.AudioChannels ?? 1, media.Fmtp)
        : MediaDescription.TransportStream;
}
