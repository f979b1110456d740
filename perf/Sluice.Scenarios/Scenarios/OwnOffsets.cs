using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// What a client costs that has its own place in the past.
/// <code>
///   source.c ── RTP, 2 Mbit/s ──► sluice run (both cores) ──► 1,000 ports ──► sink.c
///                                   └─► store ──► 1,000 replays, 1 to 11 s after now ── or all on the live feed, in turn
/// </code>
/// CPU time of the whole process, store included in both, over the packets that came.
/// </summary>
internal sealed class OwnOffsets : Scenario
{
    private const int Clients = 1_000;
    private const int LastOnesMs = 1_000;       // the flow counts as whole when a twentieth of them, half a second of offsets, is still to come
    private static readonly StreamShape s_flow = new(2e6);

    public override string Name => "own-offsets";
    public override string Summary => "P18: CPU per packet, 1,000 clients each at its own offset beside 1,000 on the live feed";

    public override void Run(RunOptions options, Findings findings)
    {
        if (Processes.Find(options.SluicePath) is null)
        {
            Console.WriteLine($"  left out: needs {options.SluicePath} (--sluice FILE)");
            return;
        }
        using var disk = new BenchDisk();
        using var sink = new Sink(options, Clients, 'g');
        var results = Alternate.Run(options.Rounds,
            () => Measure(options, sink, disk, client => 1_000 + 10 * client),
            () => Measure(options, sink, disk, null));
        var (own, live) = (results[0], results[1]);
        findings.Add("each at its own offset", "ns/packet", own.Values, Goal.Lower, own.Loss);
        findings.Add("all on the live feed", "ns/packet", live.Values, Goal.Lower, live.Loss);
        findings.Add("P18 own offsets / live", "x", own.Over(live), Goal.AtMost(1.3, 1.1), own.Loss + live.Loss);
    }

    private static Sample Measure(RunOptions options, Sink sink, BenchDisk disk, Func<int, int>? offsetMs)
    {
        disk.Clear();
        var settings = new SluiceSettings(Clients) { StorePath = disk.Path, OffsetMs = offsetMs };
        using var server = Server.Sluice(options with { ServerIsFree = true }, settings);
        using var source = new Source(options, s_flow);
        sink.AwaitFlow(Clients * s_flow.PacketsPerSecond);
        Thread.Sleep(LastOnesMs);
        sink.Reset();
        var (cpuNs, before) = (server.CpuNs, sink.Get());
        Thread.Sleep(TimeSpan.FromSeconds(options.Seconds(4, 8)));
        var (spentNs, after) = (server.CpuNs - cpuNs, sink.Get());
        var expected = Clients * s_flow.PacketsPerSecond * options.Seconds(4, 8);
        var packets = after.Packets - before.Packets;
        return packets > 0.9 * expected
            ? new Sample((double)spentNs / packets, after.Drops - before.Drops)
            : throw new InvalidOperationException($"{packets} packets came where {expected:F0} were due");
    }
}
