using Sluice.Flow;
using Sluice.Linux;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// What the stamp thread does for each departure: all that it does for a packet that is a train, divided by the clients it leaves for.
/// Nothing is written for a client (the send loop adds the client's delay to the train's time), so it falls with their number.
/// <code>
///   packet ──► Feed.Accept: delivery time, train, window ──► seen by the send loops of 100 / 1,000 / 10,000 clients
/// </code>
/// </summary>
internal sealed class FanOutCost : Scenario
{
    private const int Slots = 4_096;
    private const long PacketNs = 2_000_000;

    public override string Name => "fan-out";
    public override string Summary => "P10: the stamp thread's work a departure, ns";

    public override void Run(RunOptions options, Findings findings)
    {
        foreach (var clients in (int[])[100, 1_000, 10_000])
        {
            var result = Alternate.Run(options.Rounds, () => new Sample(Measure(options, clients)));
            var goal = clients == 10_000 ? Goal.AtMost(10, 5) : Goal.Lower;
            var name = $"{(clients == 10_000 ? "P10 " : "")}departure, {clients:N0} clients";
            findings.Add(name, "ns", result[0].Values, goal, null, "trains of 1");
        }
    }

    private static double Measure(RunOptions options, int clients)
    {
        var ns = 0.0;
        Pinned.Run(options.EngineCore, () =>
        {
            var limits = new EngineLimits();
            using var slab = new Slab(Slots, limits.SlotBytes);
            var (returned, free) = SpscRing.Create<int>(Slots);
            var plan = new FeedPlan("fan-out", PaceMode.Arrival, 0, 0, 0, 90_000, Stored: false);
            var feed = new Feed(0, plan, new StampContext(limits, slab, returned, null, [], 19));
            for (var i = 0; i < clients; i++)
                feed.Audience.Add(new ClientAttachment(), DelayPlan.Default.DelayNs(i), 0);
            var packets = options.Full ? 10_000_000 : 2_000_000;
            Accept(feed, free, 0, 10_000);
            var before = ThreadControl.CpuTimeNs;
            Accept(feed, free, 10_000, packets);
            ns = (double)(ThreadControl.CpuTimeNs - before) / ((long)packets * clients);
        });
        return ns;
    }

    private static void Accept(Feed feed, RingReader<int> free, long first, int packets)
    {
        for (var number = first; number < first + packets; number++)
        {
            var now = new MonotonicTime(number * PacketNs);
            var packet = new ArrivedPacket
            {
                Slot = (int)number & (Slots - 1), ArrivalNs = now.Ns, ExtendedSequence = number, BodyLength = 1_316, PayloadLength = 1_316,
            };
            feed.Accept(in packet, now);
            feed.Release(now, now.Ns, isPressed: false);
            while (free.TryRead(out _)) ;
        }
    }
}
