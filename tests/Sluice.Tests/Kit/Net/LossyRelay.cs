using System.Net;
using System.Net.Sockets;

namespace Sluice.Tests.Kit.Net;

/// <summary>
/// A UDP relay: what comes in on <see cref="Port"/> goes to every destination, each with its own seeded loss, duplication
/// and reordering. With <see cref="LossProfile.None"/> it is a plain reflector. One thread of its own; unicast and multicast
/// (sent on loopback) destinations.
/// </summary>
internal sealed class LossyRelay : IDisposable
{
    private readonly Socket _in = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _out = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly List<LossyFlow> _flows = [];
    private readonly Thread _thread;
    private volatile bool _stopping;

    public LossyRelay(params (IPEndPoint To, LossProfile Profile)[] destinations)
        : this([.. destinations.Select(d => ((Action<Socket, byte[]>)((socket, datagram) => Send(socket, datagram, d.To)), d.Profile))]) { }

    /// <summary>For destinations that are not datagram addresses (an interleaved connection).</summary>
    public LossyRelay(params (Action<Socket, byte[]> Send, LossProfile Profile)[] destinations)
    {
        Port = FreePorts.Pair();
        _in.ReceiveBufferSize = 4 << 20;
        _in.ReceiveTimeout = 200;   // so that the thread sees the end even when closing does not wake it
        _in.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        _out.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());
        foreach (var (send, profile) in destinations) Add(send, profile);
        _thread = new Thread(Run) { IsBackground = true, Name = "kit-relay" };
        _thread.Start();
    }

    /// <summary>Where to send to be relayed, on 127.0.0.1.</summary>
    public int Port { get; }
    public int Dropped => Sum(f => f.Dropped);
    public int Duplicated => Sum(f => f.Duplicated);
    public int Reordered => Sum(f => f.Reordered);

    /// <summary>Adds a destination while running; returns the way to remove it.</summary>
    public Action Add(Action<Socket, byte[]> send, LossProfile profile)
    {
        var flow = new LossyFlow(profile, datagram => send(_out, datagram));
        lock (_flows) _flows.Add(flow);
        return () => { lock (_flows) _flows.Remove(flow); };
    }

    public static void Send(Socket socket, byte[] datagram, IPEndPoint to)
    {
        try { socket.SendTo(datagram, to); }
        catch (SocketException) { /* the receiver is gone; that is its own affair */ }
    }

    public void Dispose()
    {
        _stopping = true;
        _in.Dispose();
        _thread.Join(TimeSpan.FromSeconds(2));
        _out.Dispose();
    }

    private void Run()
    {
        var buffer = new byte[65_536];
        while (!_stopping)
        {
            int length;
            try { length = _in.Receive(buffer); }
            catch (SocketException) { continue; }
            catch (ObjectDisposedException) { return; }
            var datagram = buffer.AsSpan(0, length).ToArray();
            lock (_flows)
                foreach (var flow in _flows) flow.Take(datagram);
        }
    }

    private int Sum(Func<LossyFlow, int> count)
    {
        lock (_flows) return _flows.Sum(count);
    }
}
