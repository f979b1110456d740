using Sluice.Linux;
using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// What a long run allocates, in real time and over real sockets; <see cref="NullSink"/> asks the same of virtual time.
/// <code>
///   source.c ── RTP, 5 Mbit/s ──► EngineCore (threads as in the server, on one core) ──► 100 ports ──► sink.c
/// </code>
/// </summary>
internal sealed class Steady : Scenario
{
    private const int Clients = 100;

    public override string Name => "steady";
    public override string Summary => "P13: managed bytes and collections of a run in real time: 10 minutes with --full, 10 s without";

    public override void Run(RunOptions options, Findings findings)
    {
        var seconds = options.Seconds(10, 600);
        using var sink = new Sink(options, Clients, 'd');
        using var engine = new LiveEngine<DatagramSocket>(new RigPlan(Clients, new StreamShape(5e6)), options.EngineCore, socket => socket);
        using var source = new Source(options, engine.Rig.Plan.Flow);
        Thread.Sleep(2_000);
        GC.Collect();
        var (packets, bytes, collections) = (engine.Rig.Sent.Packets, GC.GetTotalAllocatedBytes(precise: true), GC.CollectionCount(0));
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        var (allocated, collected) = (GC.GetTotalAllocatedBytes(precise: true) - bytes, GC.CollectionCount(0) - collections);
        var notes = $"{seconds} s of real time, {engine.Rig.Sent.Packets - packets:N0} packets to {Clients} clients; "
            + "the whole process, of which the asking thread sleeps";
        findings.Add("P13 managed bytes allocated, real time", "bytes", [allocated], Goal.AtMost(0), null, notes);
        findings.Add("P13 collections, real time", "count", [collected], Goal.AtMost(0), null, notes);
    }
}
