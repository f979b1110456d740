using System.Runtime.Intrinsics.X86;
using System.Threading.Channels;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// The ring between two threads, beside what else there is.
/// <code>
///   producer ──► SpscRing&lt;ArrivedPacket&gt; / Channel&lt;ArrivedPacket&gt; / ring.cpp (c++ -O2) ──► consumer
///    core A                     4,096 entries of 40 bytes                                   core B
/// </code>
/// Two ways of use: one entry a call, each shown at once; and as between ingest and stamp, where what one receive batch has is shown at its end.
/// A Channel has only the first.
/// </summary>
internal sealed class RingCost : Scenario
{
    private const int Capacity = 4_096;

    // A chosen size, not a measured one: a full recvmmsg hands over 64, a quiet source one.
    private const int Batch = 16;

    public override string Name => "ring";
    public override string Summary => "P12: SPSC ring across two cores, beside a C++ ring and a Channel";

    public override void Run(RunOptions options, Findings findings)
    {
        var ops = options.Full ? 40_000_000 : 10_000_000;
        var results = Alternate.Run(
            options.Rounds,
            () => Rate(ops, InBatches(options, ops)), () => Rate(ops, Cpp(options, ops, Batch)), () => Rate(ops / 10, Channel(options, ops / 10)),
            () => Rate(ops, Ring(options, ops)), () => Rate(ops, Cpp(options, ops, 1)));
        var batches = $"in the engine's way, batches of {Batch} (there 1 to 64, by the rate)";
        findings.Add("SpscRing, batches", "ops/s", results[0].Values, Goal.Higher, null, $"entries of 40 bytes, {batches}; both threads spin");
        findings.Add("C++ ring, batches", "ops/s", results[1].Values, Goal.Higher, null, "cached indices, padded counters, the same batches");
        findings.Add("System.Threading.Channels, bounded", "ops/s", results[2].Values, Goal.Higher, null, "one a call: it knows no batches");
        findings.Add("SpscRing, one a call", "ops/s", results[3].Values, Goal.Higher);
        findings.Add("C++ ring, one a call", "ops/s", results[4].Values, Goal.Higher);
        findings.Add("P12 SpscRing / C++ ring", "x", results[0].Over(results[1]), Goal.AtLeast(0.8, 1), null, $"{batches} on both sides");
        findings.Add("SpscRing / C++ ring, one a call", "x", results[3].Over(results[4]), Goal.Higher);
        findings.Add("P12 SpscRing / Channel", "x", results[0].Over(results[2]), Goal.AtLeast(10, 20), null, $"{batches}; the Channel one a call");
        findings.Add("SpscRing / Channel, one a call", "x", results[3].Over(results[2]), Goal.Higher);
    }

    private static Sample Rate(int ops, long ns) => new(ops * 1e9 / ns);

    private static long Cpp(RunOptions options, int ops, int batch) =>
        options.Native.Run("ring.cpp", ops, Capacity, options.EngineCore, options.OtherCore, batch)[0];

    private static long InBatches(RunOptions options, int ops)
    {
        var (writer, reader) = SpscRing.Create<ArrivedPacket>(Capacity);
        return Race(options, () => ProduceBatches(writer, ops), () => ConsumeBatches(reader, ops));
    }

    private static void ProduceBatches(RingWriter<ArrivedPacket> writer, int ops)
    {
        var packet = default(ArrivedPacket);
        for (; packet.ArrivalNs < ops; writer.Publish())
            for (var end = Math.Min(packet.ArrivalNs + Batch, ops); packet.ArrivalNs < end; packet.ArrivalNs++)
                while (!writer.TryAdd(in packet))
                    Pause();
    }

    private static void ConsumeBatches(RingReader<ArrivedPacket> reader, int ops)
    {
        var sum = 0L;
        ArrivedPacket packet;
        for (var i = 0; i < ops; reader.Release())
            for (var end = Math.Min(i + Batch, ops); i < end; i++, sum += packet.ArrivalNs)
                while (!reader.TryTake(out packet))
                    Pause();
        Check(sum, ops);
    }

    private static long Ring(RunOptions options, int ops)
    {
        var (writer, reader) = SpscRing.Create<ArrivedPacket>(Capacity);
        return Race(options, () => Produce(writer, ops), () => Consume(reader, ops));
    }

    private static void Produce(RingWriter<ArrivedPacket> writer, int ops)
    {
        var packet = default(ArrivedPacket);
        for (; packet.ArrivalNs < ops; packet.ArrivalNs++)
            while (!writer.TryWrite(in packet))
                Pause();
    }

    private static void Consume(RingReader<ArrivedPacket> reader, int ops)
    {
        var sum = 0L;
        ArrivedPacket packet;
        for (var i = 0; i < ops; i++, sum += packet.ArrivalNs)
            while (!reader.TryRead(out packet))
                Pause();
        Check(sum, ops);
    }

    private static long Channel(RunOptions options, int ops)
    {
        var channel = System.Threading.Channels.Channel.CreateBounded<ArrivedPacket>(
            new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
        return Race(options, Produce, Consume);

        void Produce()
        {
            var packet = default(ArrivedPacket);
            for (; packet.ArrivalNs < ops; packet.ArrivalNs++)
                while (!channel.Writer.TryWrite(packet))
                    Pause();
        }

        void Consume()
        {
            var sum = 0L;
            ArrivedPacket packet;
            for (var i = 0; i < ops; i++, sum += packet.ArrivalNs)
                while (!channel.Reader.TryRead(out packet))
                    Pause();
            Check(sum, ops);
        }
    }

    // One pause instruction, as the C++ ring's users have it; SpinWait measures out a longer rest.
    private static void Pause()
    {
        if (X86Base.IsSupported)
            X86Base.Pause();
        else
            Thread.SpinWait(1);
    }

    private static void Check(long sum, long ops)
    {
        if (sum != ops * (ops - 1) / 2)
            throw new InvalidOperationException("entries were lost or doubled on the way");
    }

    private static long Race(RunOptions options, Action produce, Action consume)
    {
        var start = SystemClock.Now;
        var producer = new Thread(() => Pinned.Run(options.EngineCore, produce));
        producer.Start();
        Pinned.Run(options.OtherCore, consume);
        producer.Join();
        return SystemClock.Now - start;
    }
}
