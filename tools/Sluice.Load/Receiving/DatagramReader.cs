using Sluice.Linux;

namespace Sluice.Load.Receiving;

/// <summary>Takes one datagram with the kernel's arrival time.</summary>
internal delegate void DatagramSink(ReadOnlySpan<byte> datagram, long arrivalNs);

/// <summary>The buffers that all UDP sockets of one thread share: one recvmmsg into them, trains cut into datagrams.</summary>
internal sealed class DatagramReader : IDisposable
{
    private const int Batch = 32, BufferBytes = 65_536;
    // The batch holds arrivals back to "now", which was read before the call: a datagram that comes during the call must not lose its time.
    private const long CallMarginNs = 100_000_000;
    private readonly NativeBuffer _memory = new((long)Batch * BufferBytes, prefault: false);
    private readonly ReceiveBatch _batch = new(Batch);

    public DatagramReader()
    {
        for (var i = 0; i < Batch; i++) _batch.SetBuffer(i, _memory.Address + i * BufferBytes, BufferBytes);
    }

    /// <summary>Reads up to one batch. Returns the socket's count of dropped datagrams when it says one.</summary>
    public uint Read(DatagramSocket socket, long nowNs, DatagramSink sink)
    {
        var received = socket.ReceiveBatch(_batch, new MonotonicTime(nowNs + CallMarginNs));
        uint dropped = 0;
        for (var i = 0; i < received; i++)
        {
            Cut(i, sink);
            dropped = Math.Max(dropped, _batch.QueueOverflow(i));
        }
        return dropped;
    }

    public void Dispose()
    {
        _batch.Dispose();
        _memory.Dispose();
    }

    private void Cut(int index, DatagramSink sink)
    {
        var (length, segment, arrivalNs) = (_batch.Length(index), _batch.SegmentSize(index), _batch.ArrivalNs(index));
        var bytes = NativeSpan.ReadOnly(_memory.Address + index * BufferBytes, length);
        for (var at = 0; at < length; at += segment) sink(bytes.Slice(at, Math.Min(segment, length - at)), arrivalNs);
    }
}
