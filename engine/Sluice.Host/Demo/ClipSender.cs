using System.Net;
using System.Net.Sockets;
using Sluice.Linux;
using Sluice.Wire.MpegTs;

namespace Sluice.Host.Demo;

/// <summary>Plays a clip in real time into a UDP port of this machine, as an encoder would, until it is disposed.</summary>
internal sealed class ClipSender : IDisposable
{
    private const int PacketsPerDatagram = 7;
    private const long NsPerSecond = 1_000_000_000;

    private readonly ClipLoop _clip;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Thread _thread;
    private volatile bool _stopping;

    public ClipSender(byte[] clip, int port)
    {
        _clip = new ClipLoop(clip);
        _socket.Connect(IPAddress.Loopback, port);
        _thread = new Thread(Run) { IsBackground = true, Name = "demo-clip" };
        _thread.Start();
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        _socket.Dispose();
    }

    private void Run()
    {
        Span<byte> datagram = stackalloc byte[PacketsPerDatagram * TsPacket.Size];
        var start = SystemClock.Now;
        while (!_stopping)
        {
            var due = start + _clip.Next(datagram);
            // After a stall (a stopped machine) the clip goes on from now instead of catching up in a burst.
            if (SystemClock.Now - due > NsPerSecond)
                start += SystemClock.Now - due;
            ThreadControl.SleepUntil(due);
            try
            {
                _socket.Send(datagram);
            }
            catch (SocketException)
            {
                // The engine's port is not open: an encoder would go on sending, and so do we.
            }
        }
    }
}
