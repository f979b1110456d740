using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// Ours and GStreamer's fan-out as programs.
/// <code>
///   source.c ── RTP ──► sluice run (default settings, or quantum 0) ─┐                ┌─► port 10000 ─┐
///                                    in turn                         ├─ N receivers ──┼─► port 10002 ─┼─► sink.c, drains
///                       gst-launch-1.0 udpsrc ! multiudpsink ────────┘                └─► …           ─┘
///    core B                          core A                                                               core B
/// </code>
/// </summary>
internal sealed class Peers : Scenario
{
    // Until a new source has proved itself (RFC 3550 A.1) its first packets are nobody's loss.
    private const int ProbationPackets = 2;

    public override string Name => "peers";
    public override string Summary => "P5, P6: CPU of the whole process per delivered packet, ours beside GStreamer";

    public override void Run(RunOptions options, Findings findings)
    {
        if (Processes.Find(options.SluicePath) is null || Processes.Find("gst-launch-1.0") is null)
        {
            Console.WriteLine($"  left out: needs {options.SluicePath} (--sluice FILE) and gst-launch-1.0");
            return;
        }
        Compare(options, findings, 100, new StreamShape(5e6), "N 100, 5 Mbit/s", Goal.AtLeast(2.0, 2.7), perPacket: true);
        if (!options.Full)
            return;
        Compare(options, findings, 100, new StreamShape(20e6), "N 100, 20 Mbit/s", Goal.AtLeast(2.8, 4.5), perPacket: false);
        Compare(options, findings, 1_000, new StreamShape(2.5e6), "N 1,000, 2.5 Mbit/s", Goal.AtLeast(2.2, 3), perPacket: false);
    }

    private static void Compare(RunOptions options, Findings findings, int clients, StreamShape flow, string what, Goal goal, bool perPacket)
    {
        using var sink = new Sink(options, clients, 'd');
        Func<Sample> ours = () => Measure(options, sink, flow, () => Server.Sluice(options, new SluiceSettings(clients)));
        Func<Sample> single = () => Measure(options, sink, flow, () => Server.Sluice(options, new SluiceSettings(clients) { Quantum = "0s" }));
        Func<Sample> gstreamer = () => Measure(options, sink, flow, () => Server.GStreamer(options, clients));
        var results = Alternate.Run(options.Rounds, perPacket ? [ours, gstreamer, single] : [ours, gstreamer]);
        findings.Add(
            $"sluice, {what}", "ns", results[0].Values, Goal.Lower, results[0].Loss,
            $"{clients * flow.PacketsPerSecond:N0} packets/s, default settings, all threads on one core");
        findings.Add($"GStreamer multiudpsink, {what}", "ns", results[1].Values, Goal.Lower, results[1].Loss);
        findings.Add($"P5 GStreamer / sluice, {what}", "x", results[1].Over(results[0]), goal, results[0].Loss + results[1].Loss);
        if (!perPacket)
            return;
        findings.Add($"sluice, quantum 0, {what}", "ns", results[2].Values, Goal.Lower, results[2].Loss);
        findings.Add(
            $"P6 sluice, quantum 0 / GStreamer, {what}", "x", results[2].Over(results[1]), Goal.AtMost(0.95, 0.9),
            results[1].Loss + results[2].Loss);
    }

    private static Sample Measure(RunOptions options, Sink sink, StreamShape flow, Func<Server> start)
    {
        using var server = start();
        server.AwaitSource();
        sink.Reset();
        using var source = new Source(options, flow);
        sink.AwaitFlow(sink.Ports * flow.PacketsPerSecond);
        var (before, cpu) = (sink.Get(), server.CpuNs);
        Thread.Sleep(TimeSpan.FromSeconds(options.Seconds(1, 2)));
        var (after, cpuAfter) = (sink.Get(), server.CpuNs);
        var wanted = (source.Stop() - ProbationPackets) * sink.Ports;
        return new Sample((double)(cpuAfter - cpu) / (after.Packets - before.Packets), Math.Max(wanted - sink.Settle().Packets, 0));
    }
}
