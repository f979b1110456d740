using System.Net;
using Sluice.Linux;

namespace Sluice.Tests.Linux.Sockets;

/// <summary>Opens sockets, and receives until enough came or patience ends: what the socket tests share.</summary>
internal static class Loopback
{
    private const long PatienceNs = 5_000_000_000;

    internal static DatagramSocket Open(DatagramSocketOptions options)
    {
        Assert.True(DatagramSocket.TryOpen(options, out var socket, out var error), error.Message);
        return socket;
    }

    internal static DatagramSocket Receiver(int bufferBytes = 4 << 20) =>
        Open(new() { BindAddress = IPAddress.Loopback, ReceiveBufferBytes = bufferBytes });

    internal static DatagramSocket Sender(int bufferBytes = 4 << 20) =>
        Open(new() { BindAddress = IPAddress.Loopback, SendBufferBytes = bufferBytes });

    internal static DatagramAddress To(DatagramSocket socket) => DatagramAddress.From(IPAddress.Loopback, socket.LocalPort);

    /// <summary>Receives <paramref name="count"/> datagrams, and everything else that is already there.</summary>
    internal static List<byte[]> Receive(DatagramSocket socket, int count)
    {
        using var inbox = new Inbox(64, 65_536);
        var datagrams = new List<byte[]>();
        ReceiveUntil(socket, inbox, i => datagrams.Add(inbox.Bytes(i)), () => datagrams.Count >= count);
        return datagrams;
    }

    internal static void ReceiveUntil(DatagramSocket socket, Inbox inbox, Action<int> take, Func<bool> enough)
    {
        using var poller = new Poller();
        Assert.True(poller.TryAdd(socket.Handle, 0));
        Span<int> ready = stackalloc int[1];
        var deadline = SystemClock.Now + PatienceNs;
        while (true)
        {
            var now = SystemClock.Now;
            var received = socket.ReceiveBatch(inbox.Batch, now);
            Assert.True(received >= 0, Errno.Name(-received));
            for (var i = 0; i < received; i++) take(i);
            if (received > 0) continue;
            if (enough()) return;
            Assert.True(now < deadline, "the datagrams did not come");
            poller.Wait(deadline - now, ready);
        }
    }
}
