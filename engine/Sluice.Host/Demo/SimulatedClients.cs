using System.Net;
using System.Net.Sockets;
using Sluice.Host.Live;

namespace Sluice.Host.Demo;

/// <summary>
/// Clients on loopback that only count, so that the status page has something to show: each has its own delay and SSRC, all
/// of them the same port, which one thread empties.
/// </summary>
internal sealed class SimulatedClients : IDisposable
{
    private readonly Socket _sink = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Thread _thread;
    private volatile bool _stopping;

    public SimulatedClients(LiveEngine engine, LiveChannel channel, int count)
    {
        _sink.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _sink.ReceiveTimeout = StopLookMs;
        _thread = new Thread(Drain) { IsBackground = true, Name = "demo-clients" };
        _thread.Start();
        for (var i = 0; i < count; i++)
        {
            var wish = new ClientWish
            {
                Channel = channel,
                Kind = Control.Status.ClientKind.Simulated,
                Transport = Flow.ClientKind.RtpOverUdp,
                To = (IPEndPoint)_sink.LocalEndPoint!,
            };
            if (engine.Maker.Make(wish, out _, out var reason) is not { } client || !engine.Maker.TryPlay(client, client.First))
                throw new Running.EngineStartException($"cannot make simulated client {i + 1} of {count}: {reason}");
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        _sink.Dispose();
    }

    private const int StopLookMs = 200;

    private void Drain()
    {
        var datagram = new byte[2048];
        while (!_stopping)
        {
            try
            {
                _sink.Receive(datagram);
            }
            catch (SocketException)
            {
                // Nothing came for a moment: look whether to stop.
            }
        }
    }
}
