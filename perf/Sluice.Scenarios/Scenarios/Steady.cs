using Sluice.Flow;
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
    private const int WarmPackets = 100_000;

    public override string Name => "steady";
    public override string Summary => "P13: managed bytes and collections of a run in real time: 10 minutes with --full, 10 s without";

    public override void Run(RunOptions options, Findings findings)
    {
        var seconds = options.Seconds(10, 600);
        var probe = new AllocationProbe();
        using var sink = new Sink(options, Clients, 'd');
        using var engine = new LiveEngine<DatagramSocket>(
            new RigPlan(Clients, new StreamShape(5e6)), options.EngineCore, socket => socket, probe);
        using var source = new Source(options, engine.Rig.Plan.Flow);
        // Every client has begun, its delay being half a second at most.
        var warm = SpinWait.SpinUntil(() => Volatile.Read(ref engine.Rig.Sent.Packets) > WarmPackets, TimeSpan.FromSeconds(20));
        if (!warm)
            throw new InvalidOperationException("nothing is sent");
        GC.Collect();
        var (packets, bytes, collections) = (engine.Rig.Sent.Packets, probe.Bytes, GC.CollectionCount(0));
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        var (allocated, collected) = (probe.Bytes - bytes, GC.CollectionCount(0) - collections);
        var notes = $"{seconds} s of real time, {engine.Rig.Sent.Packets - packets:N0} packets to {Clients} clients; the engine's thread";
        findings.Add("P13 managed bytes allocated, real time", "bytes", [allocated], Goal.AtMost(0), engine.Rig.Faults, notes);
        findings.Add("P13 collections, real time", "count", [collected], Goal.AtMost(0), engine.Rig.Faults, $"{seconds} s of real time, the whole process");
    }

    /// <summary>The last of the loops of the engine's thread: what that thread has allocated until the end of the pass.</summary>
    private sealed class AllocationProbe : IEngineLoop
    {
        private long _bytes;

        public long Bytes => Volatile.Read(ref _bytes);
        public string Role => "probe";
        public LoopGate Gate { get; } = new();
        public MonotonicTime NextDeadline => MonotonicTime.MaxValue;
        public bool HasInput => false;

        public void AnnounceSleep() => Gate.AnnounceSleep(wantsTrains: false);

        public void OnReadable(int tag)
        {
        }

        public int DoWork(MonotonicTime now)
        {
            Volatile.Write(ref _bytes, GC.GetAllocatedBytesForCurrentThread());
            return 0;
        }
    }
}
