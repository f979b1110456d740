using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// What C# itself costs: one loop in two languages.
/// <code>
///   TightLoop.cs (Native AOT) ─┐                         ┌─► port 10000 ─┐
///        in turn               ├─ sendmmsg, 64 messages ─┼─► port 10002 ─┼─► sink.c: drains, or never reads
///   send.c (cc -O2) ───────────┘   of 1/4/8/16 packets   └─► …  (100)   ─┘
///         core A                                                              core B
/// </code>
/// </summary>
internal sealed class BareLoops : Scenario
{
    private const int Ports = 100;
    private const double DrainedPacketsPerSecond = 150_000;

    public override string Name => "bare-loops";
    public override string Summary => "P2: the bare sendmmsg loop in C# (Native AOT) and in C, CPU ns a packet";

    public override void Run(RunOptions options, Findings findings)
    {
        foreach (var train in options.Full ? [1, 4, 8, 16] : (int[])[1, 4, 16])
            Compare(options, findings, train, "undrained", 'i', 0, (long)(options.Full ? 1_000_000 : 300_000) * (train > 1 ? 2 : 1));
        foreach (var train in (int[])[1, 4])
            Compare(options, findings, train, "drained", 'd', DrainedPacketsPerSecond, (long)(DrainedPacketsPerSecond * options.Seconds(0.7, 2)));
    }

    private static void Compare(RunOptions options, Findings findings, int train, string what, char mode, double packetsPerSecond, long packets)
    {
        using var sink = new Sink(options, Ports, mode);
        var isDrained = mode == 'd';
        var results = Alternate.Run(options.Rounds, () => Measure(RunCSharp), () => Measure(RunC));
        var notes = $"trains of {train}, {Ports} ports, 64 messages a call, {(isDrained ? $"{packetsPerSecond:N0} packets/s" : "queues full by design")}";
        findings.Add($"C# loop, {what}, trains of {train}", "ns", results[0].Values, Goal.Lower, isDrained ? results[0].Loss : null, notes);
        findings.Add($"C loop, {what}, trains of {train}", "ns", results[1].Values, Goal.Lower, isDrained ? results[1].Loss : null);
        findings.Add($"P2 C# / C, {what}, trains of {train}", "x", results[0].Over(results[1]), Goal.AtMost(1.02, 1.0));

        Sample Measure(Func<Sent> run)
        {
            sink.Reset();
            var sent = run();
            var lost = isDrained ? sent.Packets - sink.Settle().Packets : 0;
            return new Sample(sent.NsPerPacket, lost);
        }

        Sent RunCSharp() => TightLoop.Run(options.EngineCore, Ports, train, packets, packetsPerSecond);

        Sent RunC()
        {
            var numbers = options.Native.Run("send.c", Sink.FirstPort, Ports, train, packets, packetsPerSecond, options.EngineCore);
            return new Sent(numbers[0], numbers[1], numbers[2]);
        }
    }
}
