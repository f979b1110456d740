using System.Net;
using System.Net.Sockets;

namespace Sluice.Tests.Kit.Rtp;

/// <summary>
/// Many UDP receivers in one thread: per media port every packet with its kernel arrival time, and the RTCP of the odd port above.
/// It knows its own limits: <see cref="WasTheLimit"/> says whether the kernel dropped anything at its sockets.
/// </summary>
internal sealed class RtpReceiver : IDisposable
{
    private const int EventsMax = 256, PollMs = 20;
    private readonly Dictionary<int, (Socket Socket, DatagramHandler Handler, PortRecord Record)> _byHandle = [];
    private readonly BatchReader _reader = new();
    private readonly Thread _thread;
    private readonly int _poll = Kernel.epoll_create1(0);
    private readonly int _receiveBufferBytes;
    private readonly long _rcvbufErrorsBefore = UdpCounters.RcvbufErrors();
    private volatile bool _stopping, _paused;

    /// <param name="ports">Media ports, as <see cref="Net.FreePorts.Pairs"/> gives them.</param>
    /// <param name="rtp">False for raw MPEG-TS: no header, no RTCP port.</param>
    /// <param name="group">A multicast group to receive on loopback instead of unicast.</param>
    /// <param name="packetsExpected">Room made beforehand for each port, so that the list does not grow while it counts.</param>
    public RtpReceiver(
        IEnumerable<int> ports, bool rtp = true, IPAddress? group = null, int packetsExpected = 1024, int receiveBufferBytes = 8 << 20)
    {
        _receiveBufferBytes = receiveBufferBytes;
        Records = [.. ports.Select(port => new PortRecord(port, rtp, packetsExpected))];
        foreach (var record in Records)
        {
            Open(record, record.Port, group, record.TakeMedia);
            if (rtp) Open(record, record.Port + 1, group, record.TakeControl);
        }
        _thread = new Thread(Run) { IsBackground = true, Name = "kit-receiver", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    public PortRecord[] Records { get; }

    /// <summary>While true nothing is read: a receiver that is too slow.</summary>
    public bool IsPaused { get => _paused; set => _paused = value; }

    /// <summary>True when datagrams were dropped at these sockets because this receiver was too slow: then a loss is no proof against the sender.</summary>
    public bool WasTheLimit => Records.Any(r => r.Overflowed > 0);

    /// <summary>Dropped at full sockets of any program in this network namespace since the receiver started; for the failure message.</summary>
    public long RcvbufErrors => UdpCounters.RcvbufErrors() - _rcvbufErrorsBefore;

    /// <summary>Reads what has arrived until now, then stops; afterwards the records are the caller's.</summary>
    public PortRecord[] Stop()
    {
        _stopping = true;
        _thread.Join();
        return Records;
    }

    /// <summary>Closes one port's sockets while the others run: a client that vanished.</summary>
    public void Vanish(PortRecord record)
    {
        lock (_byHandle)
        {
            foreach (var (handle, entry) in _byHandle.Where(e => e.Value.Record == record).ToArray())
            {
                _byHandle.Remove(handle);
                entry.Socket.Dispose();
            }
        }
    }

    public void Dispose()
    {
        Stop();
        foreach (var (socket, _, _) in _byHandle.Values) socket.Dispose();
        _ = Kernel.close(_poll);
        _reader.Dispose();
    }

    private unsafe void Open(PortRecord record, int port, IPAddress? group, DatagramHandler handler)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        BatchReader.Prepare(socket, _receiveBufferBytes);
        socket.Bind(new IPEndPoint(group ?? IPAddress.Loopback, port));
        if (group is not null)
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group, IPAddress.Loopback));
        var handle = (int)socket.Handle;
        lock (_byHandle) _byHandle[handle] = (socket, handler, record);
        var one = stackalloc byte[Kernel.EventSize];
        *(uint*)one = Kernel.ReadableEvent;
        *(int*)(one + Kernel.EventSize - 8) = handle;
        if (Kernel.epoll_ctl(_poll, Kernel.AddToPoll, handle, one) != 0) throw new InvalidOperationException($"epoll_ctl failed for port {port}.");
    }

    private unsafe void Run()
    {
        var events = stackalloc byte[EventsMax * Kernel.EventSize];
        while (true)
        {
            var stopping = _stopping;
            if (_paused && !stopping)
            {
                Thread.Sleep(1);
                continue;
            }
            var ready = Kernel.epoll_wait(_poll, events, EventsMax, stopping ? 0 : PollMs);
            for (var i = 0; i < ready; i++) Drain(*(int*)(events + i * Kernel.EventSize + Kernel.EventSize - 8));
            if (stopping && ready <= 0) return;
        }
    }

    private void Drain(int handle)
    {
        lock (_byHandle)
        {
            if (!_byHandle.TryGetValue(handle, out var entry)) return;
            if (_reader.Drain(handle, entry.Handler) is { } overflowed) entry.Record.Overflowed = overflowed;
        }
    }
}
