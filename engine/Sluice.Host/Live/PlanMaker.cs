using System.Security.Cryptography;
using Sluice.Control.Configuration;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtp;

namespace Sluice.Host.Live;

/// <summary>Turns a checked configuration into the data plane's plan.</summary>
internal static class PlanMaker
{
    public static EnginePlan Make(EngineConfig config, IReadOnlyList<LiveChannel> channels, int sendLoops, string cname, bool hasStore)
    {
        var profile = (EngineProfile)(int)config.Profile;
        var feeds = WithShaped([.. channels.SelectMany(channel => channel.Tracks.Select(track => Feed(channel, track, hasStore)))], channels);
        var inlets = 0;
        var sources = channels.SelectMany(channel => channel.Sources.SelectMany(source =>
            Sources(channel, source, source.Url.IsSession ? inlets++ : -1))).ToList();
        AddRelays(config.Relay, profile, feeds, sources);
        return new EnginePlan
        {
            Limits = new EngineLimits { DelayMaxNs = config.Limits.DelayNs }
                .WithHeld([.. feeds.Select(feed => feed.RetransmitNs).Where(ns => ns > 0)]).WithWindows(sources),
            Profile = profile,
            SendLoops = sendLoops,
            Feeds = feeds,
            Replays = new ReplayLimits(hasStore || config.Assets is not null ? config.Limits.Replays : 0, IdleStrategy.Of(profile).QuantumNs),
            Sources = sources,
            Cname = cname,
            Seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
        };
    }

    /// <summary>How long a train of the channel may be.</summary>
    public static long QuantumNs(EngineConfig config, ChannelConfig channel) =>
        channel.QuantumNs ?? IdleStrategy.Of((EngineProfile)(int)config.Profile).QuantumNs;

    private static FeedPlan Feed(LiveChannel channel, LiveTrack track, bool hasStore)
    {
        var config = channel.Config;
        var pace = (Flow.PaceMode)(int)config.Pace;
        var hasRaw = config.Sources.Any(source => source.Scheme == MediaScheme.Udp);
        return new FeedPlan(
            config.Name, pace, config.BufferNs, channel.QuantumNs,
            LeadNs: pace == Flow.PaceMode.Arrival && !hasRaw ? config.ReorderNs : 0,
            track.Media.ClockRate, hasStore && config.Store is not null)
        {
            Start = config.Start.Mode == StartMode.Instant
                ? new StartPlan(track.AccessCodec, config.Start.WindowNs, config.Start.Rate) : null,
            RetransmitNs = config.Retransmit.Mode == Control.Configuration.RetransmitMode.Off ? 0 : config.Retransmit.TimeNs,
        };
    }

    // Behind the channels' own feeds, one for each way in which some of a channel's outputs want it shaped.
    private static List<FeedPlan> WithShaped(List<FeedPlan> feeds, IReadOnlyList<LiveChannel> channels)
    {
        foreach (var channel in channels)
        {
            foreach (var shaping in channel.Config.Outputs.Select(output => output.Shaping).OfType<ShapingConfig>().Distinct())
            {
                var own = feeds[channel.Feed];
                channel.Shaped.Add(shaping, feeds.Count);
                var plan = new ShapingPlan(channel.Feed, shaping.TsPackets, shaping.RemoveNulls, shaping.CbrBitsPerSecond);
                feeds.Add(own with { Pace = Flow.PaceMode.Arrival, Stored = false, Start = null, Shaping = plan });
            }
        }
        return feeds;
    }

    // Last of all: a feed and a vacant source for each group that may be relayed at a time.
    private static void AddRelays(RelayConfig? relay, EngineProfile profile, List<FeedPlan> feeds, List<SourcePlan> sources)
    {
        for (var slot = 0; slot < (relay?.Slots ?? 0); slot++)
        {
            sources.Add(new SourcePlan(sources.Count, feeds.Count, IsRaw: false, null, -1, RelayReorderNs) { Detects = true });
            feeds.Add(new FeedPlan($"relay-{slot}", Flow.PaceMode.Arrival, BufferNs: 0, IdleStrategy.Of(profile).QuantumNs,
                LeadNs: RelayReorderNs, RelayClockRate, Stored: false));
        }
    }

    /// <summary>As the default of a channel.</summary>
    private const long RelayReorderNs = 50_000_000;
    private const int RelayClockRate = 90_000;

    // Each track of a session has a receiver of its own; all are told by one inlet whom they listen to, and for what payload type.
    private static IEnumerable<SourcePlan> Sources(LiveChannel channel, LiveSource source, int inlet) =>
        Enumerable.Range(0, source.Count).Select(track => new SourcePlan(
            source.First + track, channel.Tracks[track].Feed, source.Url.Scheme == MediaScheme.Udp,
            source.Url.Sender is null ? null : DatagramAddress.From(LiveSockets.Resolve(source.Url.Sender), 0),
            source.Url.IsSession ? -1 : channel.Config.Media?.PayloadType ?? -1,
            source.Url.Scheme == MediaScheme.Udp ? 0 : channel.Config.ReorderNs)
        {
            Port = source.Url.Port,
            Inlet = inlet,
            Nack = source.Url.Nack is not { } nack ? null : new NackPlan(
                BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint))), nack.RtcpPort ?? 0, nack.RtxPayloadType ?? -1,
                channel.Config.Media?.ClockRate ?? channel.Tracks[track].Media.ClockRate),
        });
}
