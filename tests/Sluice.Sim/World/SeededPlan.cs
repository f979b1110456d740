using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.MpegTs;
using Sluice.Wire.RandomAccess;

namespace Sluice.Sim;

/// <summary>Draws a whole plan from one seed: small worlds, each with its own mixture of troubles.</summary>
public static class SeededPlan
{
    private const long NsPerMs = WorldPlan.NsPerMs, NsPerSecond = WorldPlan.NsPerSecond;
    private const int TickShiftMax = 20;

    public static WorldPlan Of(ulong seed, int seconds = 10) =>
        WithAskers(WithAccessPoints(WithoutAccessPoints(seed, seconds), new Chance(seed ^ 0xACCE_55)), new Chance(seed ^ 0xA5_4E55));

    // Half of the worlds keep packets to send them again; some of their players lose a little, and some ask for everything again and again.
    private static WorldPlan WithAskers(WorldPlan plan, Chance chance)
    {
        if (chance.Hits(0.5))
            return plan;
        var holdNs = chance.Between(50, 400) * NsPerMs;
        return plan with
        {
            Limits = plan.Limits.WithHeld([.. plan.Feeds.Select(_ => holdNs)]),
            Feeds = [.. plan.Feeds.Select(feed => feed with { RetransmitNs = holdNs })],
            Players = [.. plan.Players.Select(player => chance.Hits(0.5) ? player : player with
            {
                Asks = new AskPlan(chance.Pick(0.01, 0.05, 0.1, 1.0), (int)chance.Pick(1L, 1, 2, 10), chance.Hits(0.5)),
            })],
        };
    }

    // Drawn apart, so that everything else of a seed stays as it was.
    private static WorldPlan WithAccessPoints(WorldPlan plan, Chance chance)
    {
        if (chance.Hits(0.4))
            return plan;
        var start = new StartPlan(AccessCodec.MpegTs, chance.Between(500, 2_000) * NsPerMs, chance.Pick(1.1, 1.3, 1.3, 2.0));
        return plan with
        {
            Feeds = [.. plan.Feeds.Select(feed => feed with { Start = start })],
            Streams = [.. plan.Streams.Select(stream => stream with { GopPackets = (int)(stream.PacketsPerSecond * chance.Between(200, 2_500) / 1_000) + 8 })],
            Players = [.. plan.Players.Select(player => player with { StartsAtAccess = chance.Hits(0.7) })],
        };
    }

    private static WorldPlan WithoutAccessPoints(ulong seed, int seconds)
    {
        var chance = new Chance(seed);
        var profile = chance.Pick(EngineProfile.Precise, EngineProfile.Balanced, EngineProfile.Balanced, EngineProfile.Eco);
        var startNs = StartNs(chance);
        var calmNs = startNs + seconds * NsPerSecond;
        var stopNs = calmNs + 7 * NsPerSecond;
        var feeds = Enumerable.Range(0, (int)chance.Between(1, 2)).Select(i => Feed(i, chance)).ToArray();
        var isRaw = chance.Hits(0.1);
        var hasBackup = !isRaw && chance.Hits(0.15);
        var sources = feeds.Select((feed, i) => Source(i, i, isRaw, feed)).ToList();
        if (hasBackup)
            sources.Add(Source(sources.Count, 0, isRaw, feeds[0]));
        var sendLoops = (int)chance.Between(1, 3);
        var shared = chance.Hits(0.25);
        return new WorldPlan
        {
            Seed = seed,
            Profile = profile,
            SendLoops = sendLoops,
            SharedThread = shared,
            Segmentation = chance.Hits(0.8),
            Limits = Limits(chance),
            Feeds = feeds,
            Sources = sources,
            Streams = sources.Select(source => Stream(source, startNs, calmNs, stopNs, feeds[source.Feed], chance)).ToArray(),
            Links = sources.Select(_ => isRaw ? Lossy(chance) : Profile(chance)).ToArray(),
            Players = Players(feeds.Length, startNs, calmNs, chance),
            Stalls = Stalls(startNs, calmNs, shared ? 1 : 2 + sendLoops, chance),
            Blocks = Blocks(startNs, calmNs, sendLoops, chance),
            Interleaves = true,
            StartNs = startNs,
            CalmNs = calmNs,
            ConvergedNs = calmNs + 5 * NsPerSecond,
            StopNs = stopNs,
        };
    }

    // Some worlds live through the wrap of the 32-bit tick numbers.
    private static long StartNs(Chance chance) =>
        chance.Hits(0.3) ? (1L << (32 + chance.Pick(16, 19, TickShiftMax))) - 5 * NsPerSecond : chance.Between(1, 1_000_000) * NsPerSecond / 7;

    private static FeedPlan Feed(int index, Chance chance)
    {
        var pace = chance.Pick(PaceMode.Arrival, PaceMode.Arrival, PaceMode.RtpClock, PaceMode.Pcr);
        var reorderNs = chance.Pick(0L, 0L, 10 * NsPerMs, 30 * NsPerMs);
        var quantumNs = chance.Pick(0L, 2 * NsPerMs, 8_500_000L, 17 * NsPerMs, 40 * NsPerMs);
        return new FeedPlan($"f{index}", pace, chance.Between(100, 500) * NsPerMs, quantumNs, reorderNs, 90_000, Stored: false);
    }

    private static SourcePlan Source(int index, int feed, bool isRaw, FeedPlan plan) =>
        new(index, feed, isRaw, BoundHost: null, PayloadType: -1, isRaw ? 0 : plan.LeadNs);

    private static LinkProfile Profile(Chance chance) =>
        chance.Pick(LinkProfile.N0, LinkProfile.N0, LinkProfile.N1, LinkProfile.N1, LinkProfile.N2, LinkProfile.N2, LinkProfile.N3, LinkProfile.N4);

    // A bare transport stream has no numbers: its receiver cannot see order, so only loss and jitter are fair.
    private static LinkProfile Lossy(Chance chance) => Profile(chance) with { ReorderRate = 0, DuplicateRate = 0, CorruptRate = 0 };

    private static EngineLimits Limits(Chance chance) => new()
    {
        PacketsInFlightMax = chance.Pick(1_536, 2_048),     // the fastest plans keep 1,200 packets for their slowest clients
        FeedWindowPackets = 1_024,
        ClientsPerSendLoopMax = 64,
        MailboxMax = 256,
        HandOverMax = 1_024,
        ReorderPacketsMax = chance.Pick(32, 128),
        PacerPacketsMax = chance.Pick(256, 1_024),
    };

    private static StreamPlan Stream(SourcePlan source, long startNs, long calmNs, long stopNs, FeedPlan feed, Chance chance)
    {
        var isBursty = chance.Hits(0.3);
        var silentNs = startNs + chance.Between(2, 6) * NsPerSecond;
        var isSilent = chance.Hits(0.25);
        return new StreamPlan
        {
            Index = source.Index,
            IsRaw = source.IsRaw,
            GroupsPerSecond = isBursty ? 25 : (int)chance.Between(50, 250),
            PacketsPerGroup = isBursty ? (int)chance.Between(2, 12) : 1,
            TsPackets = (int)chance.Pick(1L, 1, 2, 7, 0),
            HasExtension = !source.IsRaw && chance.Hits(0.2),
            DriftPpm = chance.Pick(-100.0, 0, 0, 100),
            StartNs = startNs + chance.Between(50, 1_000) * NsPerMs,
            StopNs = stopNs,
            SilentFromNs = isSilent ? silentNs : long.MaxValue,
            SilentToNs = isSilent ? silentNs + chance.Between(500, 3_500) * NsPerMs : long.MaxValue,
            Restarts = source.IsRaw ? [] : Restarts(startNs, calmNs, chance),
            FirstSequence = chance.Hits(0.5) ? (ushort)(65_536 - chance.Between(1, 1_000)) : (ushort)chance.Next(),
            FirstTimestamp = chance.Hits(0.5) ? (uint)-chance.Between(1, 900_000) : (uint)chance.Next(),
            FirstPcr = chance.Hits(0.5) ? TsClock.PcrModulus - chance.Between(1, 270_000_000) : chance.Below(TsClock.PcrModulus),
            Ssrc = (uint)chance.Next(),
        };
    }

    private static (long, bool)[] Restarts(long startNs, long calmNs, Chance chance) =>
        Enumerable.Range(0, (int)chance.Pick(0L, 0, 1, 3))
            .Select(_ => (chance.Between(startNs + 2 * NsPerSecond, calmNs), chance.Hits(0.5))).Order().ToArray();

    private static PlayerPlan[] Players(int feeds, long startNs, long calmNs, Chance chance)
    {
        var mode = chance.Pick(DelayMode.Spread, DelayMode.Spread, DelayMode.Random, DelayMode.Fixed, DelayMode.Off);
        var rule = new DelayPlan(mode, chance.Between(50, 1_000) * NsPerMs, chance.Next());
        return Enumerable.Range(0, (int)chance.Between(4, 20)).Select(i => Player(i % feeds, rule.DelayNs(i), startNs, calmNs, chance)).ToArray();
    }

    private static PlayerPlan Player(int feed, long delayNs, long startNs, long calmNs, Chance chance)
    {
        var joinNs = startNs + (chance.Hits(0.5) ? chance.Below(500 * NsPerMs) : chance.Below(calmNs - startNs - 2 * NsPerSecond));
        var pauseNs = chance.Hits(0.3) ? chance.Between(joinNs, calmNs - NsPerSecond) : long.MaxValue;
        var resumeNs = pauseNs == long.MaxValue ? long.MaxValue : chance.Between(pauseNs, calmNs);
        var leaveNs = chance.Hits(0.3) ? chance.Between(joinNs, calmNs) : long.MaxValue;
        var kind = chance.Hits(0.2) ? ClientKind.RawOverUdp : ClientKind.RtpOverUdp;
        return new PlayerPlan(feed, kind, delayNs, joinNs, pauseNs, resumeNs, leaveNs, Fault(startNs, calmNs, chance));
    }

    private static PlayerFault Fault(long startNs, long calmNs, Chance chance)
    {
        if (chance.Hits(0.75))
            return default;
        var errno = chance.Pick(Errno.EAGAIN, Errno.ENOBUFS, Errno.EMSGSIZE, Errno.ENETUNREACH, Errno.ECONNREFUSED, Errno.EIO, Errno.EPERM);
        var fromNs = chance.Between(startNs, calmNs);
        return new PlayerFault(errno, chance.Pick(0.01, 0.3, 1.0), fromNs, Math.Min(calmNs, fromNs + chance.Between(50, 5_000) * NsPerMs));
    }

    private static StallPlan[] Stalls(long startNs, long calmNs, int threads, Chance chance) =>
        Enumerable.Range(0, (int)chance.Pick(0L, 1, 3, 6)).Select(_ => new StallPlan(
            chance.Between(startNs, calmNs - 3 * NsPerSecond), (int)chance.Below(threads),
            chance.Pick(20, 90, 150, 400, 1_500) * NsPerMs, chance.Hits(0.5))).ToArray();

    private static BlockPlan[] Blocks(long startNs, long calmNs, int sendLoops, Chance chance) =>
        Enumerable.Range(0, (int)chance.Pick(0L, 0, 2, 5)).Select(_ => new BlockPlan(
            chance.Between(startNs, calmNs - NsPerSecond), (int)chance.Below(sendLoops), chance.Between(1, 250) * NsPerMs)).ToArray();
}
