using System.Runtime.InteropServices;
using Sluice.Linux;
using Sluice.Load.Figures;
using Sluice.Load.Receiving;

namespace Sluice.Load.Sending;

/// <summary>How a <see cref="StreamSender"/> goes about it.</summary>
public sealed record SenderOptions
{
    /// <summary>Packets of one stream that are due together leave as one UDP_SEGMENT message of up to this many; 1: each alone.</summary>
    public int TrainMax { get; init; } = 1;

    /// <summary>Wakes up this much early and spins: exact departures for the price of a core.</summary>
    public long SpinNs { get; init; }
    public string? Interface { get; init; }
    public int? Ttl { get; init; }
    public int BufferBytes { get; init; } = 8 << 20;

    /// <summary>Instants at which a new socket, that is a new source port, takes over.</summary>
    public IReadOnlyList<long> RestartAtNs { get; init; } = [];
}

/// <summary>Sends streams at their due times from one thread: absolute sleeps, one sendmmsg a batch.</summary>
public sealed class StreamSender : IDisposable
{
    private const int MessagesMax = 64, SlotBytes = 2048;
    private const long RetryNs = 50_000, StallNs = 2_000_000_000;
    private readonly List<(StampedStream Stream, DatagramAddress To, byte[] Next, StampedStream.Outgoing Packet)> _streams = [];
    // By due time, and among equals in turn: unpaced streams are all due at once.
    private readonly PriorityQueue<int, (long DueNs, long Turn)> _due = new();
    private readonly NativeBuffer _slots = new(MessagesMax * SlotBytes, prefault: true);
    private readonly SendBatch _batch = new(MessagesMax, MessagesMax);
    private readonly SenderOptions _options;
    private DatagramSocket _socket;
    private volatile bool _stopping;
    private long _turn;
    private int _restarts, _lastStream = -1, _lastLength;

    private StreamSender(SenderOptions options, DatagramSocket socket) => (_options, _socket) = (options, socket);

    public long Packets { get; private set; }
    public long Bytes { get; private set; }

    /// <summary>Datagrams that the kernel refused for good.</summary>
    public long Refused { get; private set; }

    /// <summary>Times that the socket buffer was full.</summary>
    public long Blocked { get; private set; }

    /// <summary>How late packets were handed to the kernel.</summary>
    public Histogram LateNs { get; } = new();

    /// <summary>Packets per 0.1 ms as they were handed over.</summary>
    public WindowCounts Departures { get; } = new();

    /// <summary>Parts of one core that the sending thread used, and that it waited for.</summary>
    public double BusyShare { get; private set; }

    /// <inheritdoc cref="BusyShare"/>
    public double StarvedShare { get; private set; }

    /// <summary>CPU time of the sending thread, user and kernel.</summary>
    public long CpuNs { get; private set; }

    public Injected Injected => _streams.Aggregate(new Injected(0, 0, 0, 0, 0), (sum, entry) => sum + entry.Stream.Injected);

    public static bool TryOpen(SenderOptions options, bool ipv6, out StreamSender sender, out LinuxError error)
    {
        var open = TryOpenSocket(options, ipv6, out var socket, out error);
        sender = open ? new StreamSender(options, socket) : null!;
        return open;
    }

    public void Add(StampedStream stream, DatagramAddress to)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _streams.Add((stream, to, new byte[StampedStream.DatagramBytesMax], default));
        if (TryPrepare(_streams.Count - 1)) Schedule(_streams.Count - 1);
    }

    /// <summary>Sends until the sources end, the time is over, or so many packets have left. On the calling thread.</summary>
    public void Run(long startNs, long durationNs, long packetsMax = long.MaxValue)
    {
        var effort = ThreadEffort.Begin();
        while (!_stopping && _due.TryPeek(out var index, out var due) && due.DueNs < durationNs && Packets + _batch.PacketCount < packetsMax)
        {
            var nowNs = SystemClock.Now.Ns;
            var dueNs = due.DueNs;
            if (nowNs - startNs >= durationNs && dueNs == 0) break;   // unpaced: everything is always due
            if (dueNs > nowNs - startNs) nowNs = WaitFor(startNs + dueNs);
            if (_stopping) break;
            if (_restarts < _options.RestartAtNs.Count && dueNs >= _options.RestartAtNs[_restarts]) Reopen();
            _due.Dequeue();
            SendTrain(index, nowNs, startNs);
        }
        Flush();
        (BusyShare, StarvedShare, CpuNs) = effort.End();
    }

    public void Stop() => _stopping = true;

    public void Dispose()
    {
        _socket.Dispose();
        _batch.Dispose();
        _slots.Dispose();
    }

    private static bool TryOpenSocket(SenderOptions options, bool ipv6, out DatagramSocket socket, out LinuxError error) => DatagramSocket.TryOpen(new()
    {
        BindAddress = ipv6 ? System.Net.IPAddress.IPv6Any : null,
        MulticastInterface = options.Interface,
        MulticastLoop = true,
        MulticastTtl = options.Ttl,
        UnicastTtl = options.Ttl is > 0 ? options.Ttl : null,
        SendBufferBytes = options.BufferBytes,
        ReceiveTimestamps = false,
    }, out socket, out error);

    private void Reopen()
    {
        Flush();
        _restarts++;
        if (!TryOpenSocket(_options, _socket.LocalAddress.IsIPv6, out var fresh, out _)) return;
        _socket.Dispose();
        _socket = fresh;
    }

    private void SendTrain(int index, long nowNs, long startNs)
    {
        var dueNs = _streams[index].Packet.DueNs;
        for (var i = 0; i < _options.TrainMax; i++)
        {
            Enqueue(index, nowNs, startNs);
            if (!TryPrepare(index)) return;
            if (_streams[index].Packet.DueNs > dueNs) break;
        }
        Schedule(index);
    }

    private void Schedule(int index) => _due.Enqueue(index, (_streams[index].Packet.DueNs, _turn++));

    private bool TryPrepare(int index)
    {
        ref var entry = ref CollectionsMarshal.AsSpan(_streams)[index];
        return entry.Stream.TryNext(entry.Next, out entry.Packet);
    }

    private long WaitFor(long dueNs)
    {
        Flush();
        if (dueNs - _options.SpinNs > SystemClock.Now.Ns) SleepInSteps(dueNs - _options.SpinNs);
        long nowNs;
        while ((nowNs = SystemClock.Now.Ns) < dueNs && !_stopping) Thread.SpinWait(20);
        return nowNs;
    }

    // Long silences are slept in steps, so that a stop is heard.
    private void SleepInSteps(long untilNs)
    {
        const long StepNs = 100_000_000;
        for (var nowNs = SystemClock.Now.Ns; nowNs < untilNs && !_stopping; nowNs = SystemClock.Now.Ns)
            ThreadControl.SleepUntil(new MonotonicTime(Math.Min(untilNs, nowNs + StepNs)));
    }

    private void Enqueue(int index, long nowNs, long startNs)
    {
        var (stream, to, next, packet) = _streams[index];
        var slotAt = _batch.PacketCount * SlotBytes;
        var slot = _slots.Slice(slotAt, packet.Length);
        next.AsSpan(0, packet.Length).CopyTo(slot);
        var joins = index == _lastStream && packet.Length == _lastLength && _batch.MessageCount > 0
            && _batch.PacketsIn(_batch.MessageCount - 1) < _options.TrainMax
            && _batch.BytesIn(_batch.MessageCount - 1) + packet.Length <= SendBatch.MessageBytesMax;
        if (!joins) _batch.BeginMessage(to, packet.Length);
        (_lastStream, _lastLength) = (index, packet.Length);
        _batch.AddPacket(0, _slots.Address + slotAt, packet.Length);
        stream.Seal(slot, packet, nowNs);
        if (packet.DueNs > 0) LateNs.Record(nowNs - startNs - packet.DueNs);
        Departures.Add(Departures.WindowOf(nowNs));
        if (!_batch.HasRoomFor(1, 1)) Flush();
    }

    private void Flush()
    {
        var stalledSince = long.MaxValue;
        for (var first = 0; first < _batch.MessageCount;)
        {
            var sent = _socket.SendBatch(_batch, first);
            for (var i = 0; i < sent; i++) CountSent(first + i);
            first += Math.Max(sent, 0);
            if (sent > 0) stalledSince = long.MaxValue;
            else if (sent is -Errno.EAGAIN or -Errno.ENOBUFS && !IsOver(ref stalledSince))
            {
                Blocked++;
                ThreadControl.SleepUntil(new MonotonicTime(SystemClock.Now.Ns + RetryNs));
            }
            else Refused += _batch.PacketsIn(first++);
        }
        _batch.Clear();
        _lastStream = -1;
    }

    private void CountSent(int message)
    {
        Packets += _batch.PacketsIn(message);
        Bytes += _batch.BytesIn(message);
    }

    private static bool IsOver(ref long stalledSince)
    {
        var nowNs = SystemClock.Now.Ns;
        stalledSince = Math.Min(stalledSince, nowNs);
        return nowNs - stalledSince > StallNs;
    }
}
