using Sluice.Flow;

namespace Sluice.Sim;

/// <summary>Everything that a world is built from. A plan and nothing else decides what happens in it.</summary>
public sealed record WorldPlan
{
    public const long NsPerMs = 1_000_000, NsPerSecond = 1_000_000_000;

    public ulong Seed { get; init; } = 1;
    public EngineProfile Profile { get; init; } = EngineProfile.Balanced;
    public EngineLimits Limits { get; init; } = new();
    public int SendLoops { get; init; } = 1;

    /// <summary>All loops on one thread, as on a small box.</summary>
    public bool SharedThread { get; init; }
    public bool Segmentation { get; init; } = true;
    public required IReadOnlyList<FeedPlan> Feeds { get; init; }
    public required IReadOnlyList<SourcePlan> Sources { get; init; }
    public required IReadOnlyList<StreamPlan> Streams { get; init; }
    public required IReadOnlyList<LinkProfile> Links { get; init; }
    public required IReadOnlyList<PlayerPlan> Players { get; init; }
    public IReadOnlyList<StallPlan> Stalls { get; init; } = [];
    public IReadOnlyList<BlockPlan> Blocks { get; init; } = [];

    /// <summary>Passes are interrupted and wake-ups come late, by chance.</summary>
    public bool Interleaves { get; init; }

    public long StartNs { get; init; } = 1_000 * NsPerSecond;

    /// <summary>When the faults end, when everything must have converged, when the streams end.</summary>
    public long CalmNs { get; init; } = long.MaxValue;
    public long ConvergedNs { get; init; } = long.MaxValue;
    public long StopNs { get; init; } = long.MaxValue;

    public int Threads => SharedThread ? 1 : 2 + SendLoops;

    public override string ToString() =>
        $"seed {Seed}: {Profile}, {SendLoops} send loops{(SharedThread ? " shared" : "")}, "
        + $"{Players.Count} players, {Stalls.Count} stalls, {Blocks.Count} blocks, gso {Segmentation}, slots {Limits.PacketsInFlightMax}\n"
        + string.Join('\n', Feeds.Select(feed =>
            $"  feed {feed.Name}: {feed.Pace} buffer {feed.BufferNs / NsPerMs} ms quantum {feed.QuantumNs / 1000} us lead {feed.LeadNs / NsPerMs} ms")) + '\n'
        + string.Join('\n', Streams.Select((stream, i) => $"  source {i} of feed {Sources[i].Feed}: {stream} {Links[i].Name}"))
        + string.Concat(Stalls.OrderBy(stall => stall.AtNs).Select(stall =>
            $"\n  stall of thread {stall.Thread} at {Seconds(stall.AtNs)} for {stall.LengthNs / NsPerMs} ms{(stall.MidPass ? " in a pass" : "")}"))
        + string.Concat(Blocks.OrderBy(block => block.AtNs).Select(block =>
            $"\n  send loop {block.SendLoop} blocked at {Seconds(block.AtNs)} for {block.LengthNs / NsPerMs} ms"));

    private string Seconds(long atNs) => ((atNs - StartNs) / 1e9).ToString("F3", System.Globalization.CultureInfo.InvariantCulture);
}
