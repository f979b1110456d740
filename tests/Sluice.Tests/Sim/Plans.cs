using Sluice.Flow;
using Sluice.Sim;

namespace Sluice.Tests.Sim;

/// <summary>Worlds made by hand: one feed, one source, and players that stay.</summary>
internal static class Plans
{
    public const long NsPerMs = 1_000_000, NsPerSecond = 1_000_000_000;
    public const long StartNs = 1_000 * NsPerSecond;

    public static WorldPlan Of(FeedPlan feed, StreamPlan stream, int players, DelayPlan delays, LinkProfile? link = null) => new()
    {
        Feeds = [feed],
        Sources = [new SourcePlan(0, 0, stream.IsRaw, null, -1, feed.LeadNs)],
        Streams = [stream with { StartNs = StartNs + NsPerSecond }],
        Links = [link ?? LinkProfile.N0],
        Players = Enumerable.Range(0, players).Select(i => PlayerPlan.Steady(0, delays.DelayNs(i), StartNs)).ToArray(),
    };

    public static FeedPlan Feed(PaceMode pace, long bufferNs = 0, long quantumNs = 0, long leadNs = 0) =>
        new("feed", pace, bufferNs, quantumNs, leadNs, 90_000, Stored: false);

    public static void RunFor(this World world, double seconds) => world.RunUntil(world.NowNs + (long)(seconds * NsPerSecond));
}
