using Sluice.Load.Scoring;
using Sluice.Load.Sending;

namespace Sluice.Tests.Load;

/// <summary>Streams that go into scores without a network: what was done to them on the way is known exactly.</summary>
internal static class Synthetic
{
    /// <summary>Late enough that a delay may be subtracted.</summary>
    public const long StartNs = 1_000_000_000_000;

    public static StampedStream Stream(PacketSource source, StreamPlan? plan = null, uint number = 0) =>
        new(plan ?? new StreamPlan(default), source, run: 99, number);

    /// <summary>Feeds packets, each <paramref name="delayNs"/> of its number after it was sent.</summary>
    public static int Feed(ClientScore client, StampedStream stream, int packets, Func<int, long> delayNs, long startNs = StartNs)
    {
        var datagram = new byte[StampedStream.DatagramBytesMax];
        var fed = 0;
        for (; fed < packets && stream.TryNext(datagram, out var packet); fed++)
        {
            stream.Seal(datagram, packet, startNs + packet.DueNs);
            client.Receive(datagram.AsSpan(0, packet.Length), startNs + packet.DueNs + delayNs(fed));
        }
        return fed;
    }

    public static List<(StampedStream.Outgoing Packet, byte[] Bytes)> Take(StampedStream stream, int packets)
    {
        var (taken, datagram) = (new List<(StampedStream.Outgoing, byte[])>(), new byte[StampedStream.DatagramBytesMax]);
        while (taken.Count < packets && stream.TryNext(datagram, out var packet))
        {
            stream.Seal(datagram, packet, packet.DueNs);
            taken.Add((packet, datagram[..packet.Length]));
        }
        return taken;
    }
}
