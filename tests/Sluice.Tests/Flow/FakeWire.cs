using Sluice.Linux;

namespace Sluice.Tests.Flow;

/// <summary>The world behind a <see cref="FakeSocket"/>: what arrives, what was sent and when, and which sends fail how.</summary>
internal sealed class FakeWire
{
    public readonly record struct Datagram(DatagramAddress To, byte[] Bytes, long AtNs, int InMessageOf);
    private readonly record struct Arriving(byte[] Bytes, DatagramAddress From, long ArrivalNs);

    private readonly Queue<Arriving> _arriving = new(256);
    private readonly Dictionary<ushort, Queue<int>> _errors = [];

    public List<Datagram> Sent { get; } = [];

    /// <summary>Off for allocation tests: then sends are only counted.</summary>
    public bool Records { get; set; } = true;

    public long SentCount { get; private set; }
    public int Calls { get; private set; }
    public long NowNs { get; set; }
    public FakeSocket Socket => new(this);

    public IEnumerable<Datagram> To(ushort port) => Sent.Where(datagram => datagram.To.Port == port);

    public void Arrive(byte[] bytes, DatagramAddress from, long arrivalNs) => _arriving.Enqueue(new Arriving(bytes, from, arrivalNs));

    /// <summary>The next attempts to send to this port end so: 0 goes out, others are errnos; after the last all is well.</summary>
    public void Script(ushort port, params int[] errnos) => _errors[port] = new Queue<int>(errnos);

    public int Receive(ReceiveBatch batch)
    {
        var count = 0;
        while (count < batch.Limit && _arriving.TryDequeue(out var datagram))
            batch.Deliver(count++, datagram.Bytes, datagram.ArrivalNs, datagram.From);
        return count;
    }

    // As sendmmsg(2): stops at the first message that fails; its error is given only when it is the first of a call.
    public int Send(SendBatch batch, int first)
    {
        Calls++;
        for (var message = first; message < batch.MessageCount; message++)
        {
            if (NextError(batch.To(message), take: message == first) is var errno and not 0)
                return message > first ? message - first : -errno;
            Record(batch, message);
            if (message > first)
                NextError(batch.To(message), take: true);
        }
        return batch.MessageCount - first;
    }

    public int SendSingly(SendBatch batch, int message, Span<int> results)
    {
        var sent = 0;
        for (var packet = 0; packet < batch.PacketsIn(message); packet++)
        {
            var errno = NextError(batch.To(message), take: true);
            results[packet] = errno != 0 ? -errno : batch.Header(message, packet).Length + batch.Payload(message, packet).Length;
            if (errno != 0)
                continue;
            sent++;
            Record(batch, message, packet, 1);
        }
        return sent;
    }

    public int Send(in DatagramAddress to, ReadOnlySpan<byte> bytes)
    {
        SentCount++;
        if (NextError(in to, take: true) is var errno and not 0)
            return -errno;
        if (Records)
            Sent.Add(new Datagram(to, bytes.ToArray(), NowNs, 1));
        return bytes.Length;
    }

    private int NextError(in DatagramAddress to, bool take)
    {
        if (_errors.Count == 0 || !_errors.TryGetValue(to.Port, out var script) || script.Count == 0)
            return 0;
        return take ? script.Dequeue() : script.Peek();
    }

    private void Record(SendBatch batch, int message)
    {
        for (var packet = 0; packet < batch.PacketsIn(message); packet++)
            Record(batch, message, packet, batch.PacketsIn(message));
    }

    private void Record(SendBatch batch, int message, int packet, int inMessageOf)
    {
        SentCount++;
        if (Records)
            Sent.Add(new Datagram(batch.To(message), [.. batch.Header(message, packet), .. batch.Payload(message, packet)], NowNs, inMessageOf));
    }
}

/// <summary>The socket that the loops get in these tests.</summary>
internal readonly struct FakeSocket(FakeWire wire) : IDatagramSocket
{
    private readonly FakeWire _wire = wire;

    public int ReceiveBatch(ReceiveBatch batch, MonotonicTime now) => _wire.Receive(batch);
    public int SendBatch(SendBatch batch, int first) => _wire.Send(batch, first);
    public int SendSingly(SendBatch batch, int message, Span<int> results) => _wire.SendSingly(batch, message, results);
    public int SendTo(in DatagramAddress to, ReadOnlySpan<byte> bytes) => _wire.Send(in to, bytes);
}
