using System.Net;
using System.Net.Sockets;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.Kit.Net;

/// <summary>
/// A bad link between a sender and one receiver, both ways: media to <see cref="Port"/> and RTCP to the next port go to the receiver's
/// pair, what else comes there goes back to the sender's RTCP port. Each direction loses by the seeded profile and takes its time. One thread.
/// </summary>
internal sealed class LossyLink : IDisposable
{
    private readonly Socket _media, _control;
    private readonly IPEndPoint _receiverMedia, _receiverControl;
    private readonly Queue<(long DueNs, Socket By, byte[] Bytes, IPEndPoint To)> _onTheWay = new();
    private readonly LossyFlow _mediaFlow, _reportFlow, _backFlow;
    private readonly long _delayNs;
    private readonly Thread _thread;
    private IPEndPoint? _sender;
    private volatile bool _stopping;

    /// <param name="receiverPort">Where the media goes.</param>
    /// <param name="profile">The loss of each of the three flows: media, the sender's RTCP, the receiver's RTCP.</param>
    /// <param name="delayMs">One way.</param>
    /// <param name="port">Where it comes in; null = a free pair.</param>
    public LossyLink(int receiverPort, LossProfile profile, int delayMs, int? port = null)
    {
        Port = port ?? FreePorts.Pair();
        (_media, _control, _delayNs) = (Open(Port), Open(Port + 1), delayMs * 1_000_000L);
        (_receiverMedia, _receiverControl) = (new IPEndPoint(IPAddress.Loopback, receiverPort), new IPEndPoint(IPAddress.Loopback, receiverPort + 1));
        _mediaFlow = new LossyFlow(profile, datagram => Queue(_media, datagram, _receiverMedia));
        _reportFlow = new LossyFlow(profile with { Seed = profile.Seed + 1 }, datagram => Queue(_control, datagram, _receiverControl));
        _backFlow = new LossyFlow(profile with { Seed = profile.Seed + 2 }, datagram => Queue(_control, datagram, _sender));
        _thread = new Thread(Run) { IsBackground = true, Name = "kit-link", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>Where the sender sends media, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The longest time that the thread was kept from its work, ns.</summary>
    public long PauseNs { get; private set; }

    public double LossRatio => (double)_mediaFlow.Dropped / Math.Max(_mediaFlow.Seen, 1);

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        _media.Dispose();
        _control.Dispose();
    }

    private static Socket Open(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20, Blocking = false };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private void Run()
    {
        var buffer = new byte[65_536];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        for (var lastNs = Stamp.NowNs(); !_stopping; lastNs = Stamp.NowNs())
        {
            Thread.Sleep(1);
            PauseNs = Math.Max(PauseNs, Stamp.NowNs() - lastNs);
            while (_media.Available > 0)
            {
                var length = TryReceive(_media, buffer, ref from);
                // Players send something first, to open their firewall; it is no media.
                if (length == 0 || from.Equals(_receiverMedia)) continue;
                // A sender's RTCP is on the port above (RFC 3550 §11): known before its first report, and so are NACKs' ways.
                _sender = new IPEndPoint(((IPEndPoint)from).Address, ((IPEndPoint)from).Port + 1);
                _mediaFlow.Take(buffer.AsSpan(0, length).ToArray());
            }
            while (_control.Available > 0)
            {
                var length = TryReceive(_control, buffer, ref from);
                Take(buffer.AsSpan(0, length).ToArray(), (IPEndPoint)from);
            }
            while (_onTheWay.TryPeek(out var first) && first.DueNs <= Stamp.NowNs())
            {
                _onTheWay.Dequeue();
                LossyRelay.Send(first.By, first.Bytes, first.To);
            }
        }
    }

    private static int TryReceive(Socket socket, byte[] buffer, ref EndPoint from)
    {
        try { return socket.ReceiveFrom(buffer, ref from); }
        catch (SocketException) { return 0; /* an ICMP answer: the other side is not there yet */ }
    }

    private void Take(byte[] datagram, IPEndPoint from)
    {
        if (datagram.Length == 0) return;
        if (from.Equals(_sender)) _reportFlow.Take(datagram);
        else if (_sender is not null) _backFlow.Take(datagram);
    }

    private void Queue(Socket by, byte[] datagram, IPEndPoint? to)
    {
        if (to is not null) _onTheWay.Enqueue((Stamp.NowNs() + _delayNs, by, datagram, to));
    }
}
