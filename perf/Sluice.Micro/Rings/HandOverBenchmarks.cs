using System.Collections.Concurrent;
using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Sluice.Flow;

namespace Sluice.Micro.Rings;

/// <summary>
/// A producer and a consumer thread, 200,000 numbers through a bounded queue of 1,024: the cache lines travel. One
/// operation is one number. Both sides spin, then yield, so that the figure also holds on a machine with one core to spare.
/// </summary>
public class HandOverBenchmarks
{
    private const int Items = 200_000;
    private const int Capacity = 1_024;

    private readonly RingQueue _ring = new(SpscRing.Create<long>(Capacity));
    private readonly ChannelQueue _channel = new(Channel.CreateBounded<long>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true }));
    private readonly FrameworkQueue _queue = new(new ConcurrentQueue<long>());

    [Benchmark(Baseline = true, OperationsPerInvoke = Items)]
    public long ThroughSpscRing() => HandOver(_ring);

    [Benchmark(OperationsPerInvoke = Items)]
    public long ThroughChannel() => HandOver(_channel);

    [Benchmark(OperationsPerInvoke = Items)]
    public long ThroughConcurrentQueue() => HandOver(_queue);

    // Generic over structs, so that each queue's own calls are compiled into the two loops.
    private static long HandOver<TQueue>(TQueue queue) where TQueue : struct, IQueue
    {
        var producer = new Thread(() => Produce(queue));
        producer.Start();
        long sum = 0;
        var spin = new SpinWait();
        for (var taken = 0; taken < Items;)
            if (queue.TryTake(out var item))
            {
                sum += item;
                taken++;
                spin.Reset();
            }
            else
                spin.SpinOnce(sleep1Threshold: -1);
        producer.Join();
        return sum;
    }

    private static void Produce<TQueue>(TQueue queue) where TQueue : struct, IQueue
    {
        var spin = new SpinWait();
        for (long item = 0; item < Items;)
            if (queue.TryGive(item))
            {
                item++;
                spin.Reset();
            }
            else
                spin.SpinOnce(sleep1Threshold: -1);
    }

    private interface IQueue
    {
        bool TryGive(long item);
        bool TryTake(out long item);
    }

    private readonly struct RingQueue((RingWriter<long> Writer, RingReader<long> Reader) ring) : IQueue
    {
        public bool TryGive(long item) => ring.Writer.TryWrite(in item);
        public bool TryTake(out long item) => ring.Reader.TryRead(out item);
    }

    private readonly struct ChannelQueue(Channel<long> channel) : IQueue
    {
        public bool TryGive(long item) => channel.Writer.TryWrite(item);
        public bool TryTake(out long item) => channel.Reader.TryRead(out item);
    }

    // It has no bound of its own: the producer looks at the count, as one would have to.
    private readonly struct FrameworkQueue(ConcurrentQueue<long> queue) : IQueue
    {
        public bool TryGive(long item)
        {
            if (queue.Count >= Capacity)
                return false;
            queue.Enqueue(item);
            return true;
        }

        public bool TryTake(out long item) => queue.TryDequeue(out item);
    }
}
