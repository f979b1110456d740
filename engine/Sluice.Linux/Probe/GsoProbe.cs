using System.Net;

namespace Sluice.Linux;

/// <summary>How many datagrams one message may carry, found by sending trains to ourselves and counting what comes out.</summary>
internal static class GsoProbe
{
    private const int SegmentBytes = 64, SegmentsMax = 128, SlotBytes = 128, BufferBytes = 1 << 20;
    private const long PatienceNs = 50_000_000;

    private static readonly IPAddress AllHosts = new([224, 0, 0, 1]);

    /// <summary>On loopback.</summary>
    internal static int OnLoopback()
    {
        var inbound = new DatagramSocketOptions { BindAddress = IPAddress.Loopback, ReceiveBufferBytes = BufferBytes };
        var outbound = new DatagramSocketOptions { SourceAddress = IPAddress.Loopback, SendBufferBytes = BufferBytes };
        return Run(inbound, outbound, IPAddress.Loopback);
    }

    /// <summary>
    /// Through a device, without a byte on its wire: multicast with TTL 0 is looped back to this machine after the device's abilities were
    /// checked. 224.0.0.1 is joined by every multicast device already and is never reported (RFC 3376 §5), so the network hears nothing.
    /// </summary>
    internal static int OnDevice(string device)
    {
        var inbound = new DatagramSocketOptions { MulticastGroup = AllHosts, Interface = device, ReceiveBufferBytes = BufferBytes };
        var outbound = new DatagramSocketOptions
        {
            MulticastInterface = device,
            MulticastTtl = 0,
            MulticastLoop = true,
            SendBufferBytes = BufferBytes,
        };
        return Run(inbound, outbound, AllHosts);
    }

    /// <summary>The longest train that came out whole; 0 when none did; -errno when a socket could not be opened.</summary>
    private static int Run(DatagramSocketOptions inbound, DatagramSocketOptions outbound, IPAddress address)
    {
        if (!DatagramSocket.TryOpen(inbound, out var receiver, out var error)) return -error.Errno;
        using (receiver)
        {
            if (!DatagramSocket.TryOpen(outbound, out var sender, out error)) return -error.Errno;
            using (sender) return LongestTrain(sender, receiver, DatagramAddress.From(address, receiver.LocalPort));
        }
    }

    private static int LongestTrain(DatagramSocket sender, DatagramSocket receiver, in DatagramAddress to)
    {
        using var memory = new NativeBuffer(SegmentBytes + (SegmentsMax * SlotBytes), prefault: true);
        using var send = new SendBatch(1, SegmentsMax);
        using var receive = new ReceiveBatch(SegmentsMax);
        using var poller = new Poller();
        poller.TryAdd(receiver.Handle, 0);
        for (var i = 0; i < SegmentsMax; i++) receive.SetBuffer(i, memory.Address + SegmentBytes + (i * SlotBytes), SlotBytes);
        for (var segments = SegmentsMax; segments > 1; segments /= 2)
        {
            send.Clear();
            send.BeginMessage(to, SegmentBytes);
            for (var i = 0; i < segments; i++) send.AddPacket(0, memory.Address, SegmentBytes);
            if (sender.SendBatch(send, 0) == 1 && Count(receiver, receive, poller, segments) == segments) return segments;
        }
        return 0;
    }

    private static int Count(DatagramSocket receiver, ReceiveBatch batch, Poller poller, int wanted)
    {
        Span<int> ready = stackalloc int[1];
        var deadline = SystemClock.Now + PatienceNs;
        var count = 0;
        for (var now = SystemClock.Now; count < wanted && now < deadline; now = SystemClock.Now)
        {
            poller.Wait(deadline - now, ready);
            var received = receiver.ReceiveBatch(batch, now);
            for (var i = 0; i < received; i++)
                if (batch.Length(i) == SegmentBytes) count++;
        }
        return count;
    }
}
