using System.Net;
using System.Net.Sockets;

namespace Sluice.Tests.Kit.Rtp;

/// <summary>
/// A thousand RTP receivers in one thread that cost as little as receivers can, so that the sender has the machine. It does not wait for
/// packets (a wake-up a packet would be paid by the sender) but sweeps all sockets every few milliseconds; the arrival times are the
/// kernel's, so reading late changes none. The RTCP ports are bound, so that no ICMP goes back, and not read.
/// </summary>
internal sealed class MassReceiver : IDisposable
{
    public const string ThreadName = "kit-mass";
    private const int SweepMs = 10, ReceiveBufferBytes = 4 << 20, ReportBufferBytes = 16 << 10;
    private readonly (Socket Socket, DatagramHandler Handler, MassPort Port)[] _media;
    private readonly Socket[] _reports;
    private readonly BatchReader _reader = new();
    private readonly Thread _thread;
    private readonly long _rcvbufErrorsBefore = UdpCounters.RcvbufErrors();
    private volatile bool _stopping;

    /// <param name="ports">Media ports, as <see cref="Net.FreePorts.Pairs"/> gives them.</param>
    /// <param name="packetsMax">The stream's packets have indexes below this; anything else is counted as wrong.</param>
    public MassReceiver(IReadOnlyList<int> ports, int packetsMax)
    {
        Ports = [.. ports.Select(port => new MassPort(port, packetsMax))];
        _media = [.. Ports.Select(p => (Open(p.Port, ReceiveBufferBytes), (DatagramHandler)p.Take, p))];
        _reports = [.. ports.Select(port => Open(port + 1, ReportBufferBytes))];
        _thread = new Thread(Run) { IsBackground = true, Name = ThreadName };
        _thread.Start();
    }

    public MassPort[] Ports { get; }

    /// <summary>Datagrams that the kernel dropped because this receiver was too slow.</summary>
    public long Overflowed => Ports.Sum(p => (long)p.Overflowed);

    /// <summary>Dropped at full sockets of any program in this network namespace since the start: the reports that nobody reads are among them.</summary>
    public long RcvbufErrors => UdpCounters.RcvbufErrors() - _rcvbufErrorsBefore;

    /// <summary>Reads what has arrived until now, then stops.</summary>
    public MassPort[] Stop()
    {
        _stopping = true;
        _thread.Join();
        return Ports;
    }

    public void Dispose()
    {
        Stop();
        foreach (var (socket, _, _) in _media) socket.Dispose();
        foreach (var socket in _reports) socket.Dispose();
        _reader.Dispose();
    }

    private static Socket Open(int port, int receiveBufferBytes)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        BatchReader.Prepare(socket, receiveBufferBytes);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private void Run()
    {
        while (true)
        {
            var stopping = _stopping;
            foreach (var (socket, handler, port) in _media)
                if (_reader.Drain((int)socket.Handle, handler) is { } overflowed) port.Overflowed = overflowed;
            if (stopping) return;
            Thread.Sleep(SweepMs);
        }
    }
}
