using System.Diagnostics;
using Sluice.Flow;

namespace Sluice.Sim;

/// <summary>`hour`: one virtual hour of many clients on one stream, as fast as it goes, all checks on.</summary>
internal static class Hour
{
    public static int Run(string[] args)
    {
        if (!Options.TryNumber(args, "--clients", 1_000, out var clients) || !Options.TryNumber(args, "--seconds", 3_600, out var seconds)
            || !Options.TryNumber(args, "--quantum-us", 8_500, out var quantumUs) || !Options.TryNumber(args, "--rate", 100, out var rate))
            return ReplaySeed.Usage();
        using var world = new World(Plan((int)clients, (int)rate, quantumUs * 1_000));
        var clock = Stopwatch.StartNew();
        world.RunUntil(world.Plan.StartNs + seconds * WorldPlan.NsPerSecond);
        Summary.Print(world, clock.Elapsed.TotalSeconds);
        Console.WriteLine($"  allocated in loops: {world.AllocatedInLoops} bytes");
        return 0;
    }

    public static WorldPlan Plan(int clients, int packetsPerSecond, long quantumNs) => new()
    {
        Feeds = [new FeedPlan("hour", PaceMode.Arrival, 0, quantumNs, 0, 90_000, Stored: false)],
        Sources = [new SourcePlan(0, 0, false, null, -1, 0)],
        Streams = [new StreamPlan { GroupsPerSecond = packetsPerSecond, StartNs = 1_001 * WorldPlan.NsPerSecond }],
        Links = [LinkProfile.N0],
        Players = Enumerable.Range(0, clients).Select(i => PlayerPlan.Steady(0, DelayPlan.Default.DelayNs(i), 1_000 * WorldPlan.NsPerSecond)).ToArray(),
    };
}
