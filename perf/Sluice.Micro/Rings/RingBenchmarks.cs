using System.Collections.Concurrent;
using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Sluice.Flow;

namespace Sluice.Micro.Rings;

/// <summary>
/// One thread hands 64 packets over and takes them again: the instructions of the ring itself, without a cache line that
/// travels, beside what the framework offers. <see cref="HandOverBenchmarks"/> has the two threads.
/// </summary>
public class RingBenchmarks
{
    private const int Batch = 64;

    private readonly (RingWriter<ArrivedPacket> Writer, RingReader<ArrivedPacket> Reader) _ring = SpscRing.Create<ArrivedPacket>(1_024);
    private readonly Channel<ArrivedPacket> _channel =
        Channel.CreateBounded<ArrivedPacket>(new BoundedChannelOptions(1_024) { SingleReader = true, SingleWriter = true });
    private readonly ConcurrentQueue<ArrivedPacket> _queue = new();
    private readonly Mailbox<ArrivedPacket> _mailbox = new(1_024);

    [Benchmark(Baseline = true, OperationsPerInvoke = Batch)]
    public long SpscRing64()
    {
        long sum = 0;
        for (var i = 0; i < Batch; i++)
            _ring.Writer.TryWrite(new ArrivedPacket { ArrivalNs = i });
        while (_ring.Reader.TryRead(out var packet))
            sum += packet.ArrivalNs;
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public long Channel64()
    {
        long sum = 0;
        for (var i = 0; i < Batch; i++)
            _channel.Writer.TryWrite(new ArrivedPacket { ArrivalNs = i });
        while (_channel.Reader.TryRead(out var packet))
            sum += packet.ArrivalNs;
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public long ConcurrentQueue64()
    {
        long sum = 0;
        for (var i = 0; i < Batch; i++)
            _queue.Enqueue(new ArrivedPacket { ArrivalNs = i });
        while (_queue.TryDequeue(out var packet))
            sum += packet.ArrivalNs;
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public long Mailbox64()
    {
        long sum = 0;
        for (var i = 0; i < Batch; i++)
            _mailbox.TryPost(new ArrivedPacket { ArrivalNs = i });
        while (_mailbox.TryTake(out var packet))
            sum += packet.ArrivalNs;
        return sum;
    }
}
