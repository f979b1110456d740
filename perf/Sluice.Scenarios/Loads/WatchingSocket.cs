using System.Buffers.Binary;
using Sluice.Linux;

namespace Sluice.Scenarios.Loads;

/// <summary>
/// What <see cref="WatchingSocket"/>s have seen: when each packet of the source arrived, and how late each message left. One
/// thread (shared layout). The source's payload begins with its index.
/// </summary>
internal sealed class Watch(RigPlan plan)
{
    private const int ArrivalsMax = 1 << 16;
    private const int TickShift = 19;

    private readonly long[] _arrivalNs = new long[ArrivalsMax];
    private readonly long[] _delayNs = [.. Enumerable.Range(0, plan.Clients).Select(plan.Delays.DelayNs)];
    private readonly List<double> _errorNs = new(4_000_000);
    private long _arrived;

    /// <summary>Nothing is kept before this is set.</summary>
    public bool IsOn { get; set; }

    /// <summary>Left − due tick of every message, ns.</summary>
    public List<double> ErrorNs => _errorNs;

    // A loopback source loses nothing, so the n-th datagram is the one with index n.
    public void OnReceived(ReceiveBatch batch, int count)
    {
        for (var i = 0; i < count; i++)
            _arrivalNs[_arrived++ & (ArrivalsMax - 1)] = batch.ArrivalNs(i);
    }

    /// <summary>Messages that the kernel has taken by now.</summary>
    public void OnSent(SendBatch batch, int first, int count)
    {
        if (!IsOn)
            return;
        var leftNs = SystemClock.Now.Ns;
        for (var message = first; message < first + count && _errorNs.Count < _errorNs.Capacity; message++)
            _errorNs.Add(leftNs - DueNs(batch, message));
    }

    // TrainBuilder's rule: a train that the grid closed is due at its line, a full one at its last packet. The first feed's grid begins at 0.
    private long DueNs(SendBatch batch, int message)
    {
        var packets = batch.PacketsIn(message);
        var firstIndex = BinaryPrimitives.ReadInt64LittleEndian(batch.Payload(message, 0));
        var client = (int)(BinaryPrimitives.ReadUInt32BigEndian(batch.Header(message, 0)[8..]) - 0xC000_0000);
        var deliveryNs = packets == plan.Limits.TrainPacketsMax || plan.QuantumNs == 0
            ? Arrival(firstIndex + packets - 1)
            : (Arrival(firstIndex) + plan.QuantumNs - 1) / plan.QuantumNs * plan.QuantumNs;
        return (deliveryNs + _delayNs[client] + (1L << TickShift) - 1) >> TickShift << TickShift;
    }

    // Its delivery time: the arrival and the reorder window.
    private long Arrival(long index) => _arrivalNs[index & (ArrivalsMax - 1)] + RigPlan.ReorderNs;
}

/// <summary>A kernel socket that tells a <see cref="Watch"/> what passes.</summary>
internal readonly struct WatchingSocket(DatagramSocket socket, Watch watch, bool isSource) : IDatagramSocket
{
    public int ReceiveBatch(ReceiveBatch batch, MonotonicTime now)
    {
        var received = socket.ReceiveBatch(batch, now);
        if (isSource && received > 0)
            watch.OnReceived(batch, received);
        return received;
    }

    public int SendBatch(SendBatch batch, int first)
    {
        var sent = socket.SendBatch(batch, first);
        if (sent > 0)
            watch.OnSent(batch, first, sent);
        return sent;
    }

    public int SendSingly(SendBatch batch, int message, Span<int> results) => socket.SendSingly(batch, message, results);

    public int SendTo(in DatagramAddress to, ReadOnlySpan<byte> bytes) => socket.SendTo(in to, bytes);
}
