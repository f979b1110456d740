using System.Net;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd.KitTests;

/// <summary>The lean receiver sees every packet of a clean flow, and each kind of damage of a damaged one.</summary>
public class MassReceiverTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task CountsExactlyTheDamageDone()
    {
        var ports = FreePorts.Pairs(2);
        IPEndPoint To(int i) => new(IPAddress.Loopback, ports[i]);
        using var receiver = new MassReceiver(ports, packetsMax: 20_000);
        using var relay = new LossyRelay((To(0), LossProfile.None), (To(1), new LossProfile(Seed: 7) { DropEvery = 10, Duplicate = 0.05, Reorder = 0.05 }));
        using var sender = new StampedSender(new IPEndPoint(IPAddress.Loopback, relay.Port), new SendPlan(PacketsPerSecond: 2000, Burst: 4));
        await Eventually.TrueAsync("2000 packets", s_bound, () => sender.Sent >= 2000);
        var sent = sender.Stop();
        await Eventually.TrueAsync("the last packets", s_bound, () => receiver.Ports[0].Count == sent && receiver.Ports[1].HighestIndex >= sent - 3);
        var (clean, damaged) = (receiver.Stop()[0], receiver.Ports[1]);

        Assert.True(clean is { FirstIndex: 0, Lost: 0, Duplicates: 0, OutOfOrder: 0, Wrong: 0, Overflowed: 0 }, $"{clean.Count} of {sent}");
        Assert.Equal(sent - 1, clean.HighestIndex);
        Assert.InRange(damaged.Lost, sent / 10 - 3, sent / 10);
        Assert.True(damaged is { Duplicates: > 0, OutOfOrder: > 0, Wrong: 0 }, $"{damaged.Duplicates} duplicates, {damaged.OutOfOrder} out of order");
    }

    [Fact]
    public void AWrongByteASecondStreamAndAJumpOfTheNumbersAreWrong()
    {
        var port = new MassPort(port: 0, packetsMax: 100);
        foreach (var (index, sequence, ssrc) in ((int, ushort, uint)[])[(0, 9, 1), (16, 25, 1), (3, 12, 2), (4, 14, 1), (100, 109, 1)])
            port.Take(Datagram(index, sequence, ssrc), arrivalNs: 1);
        var flipped = Datagram(32, 41, 1);   // of the indexes that are checked to the last byte
        flipped[^1] ^= 1;
        port.Take(flipped, arrivalNs: 1);
        Assert.Equal((2, 4, 0, 16), (port.Count, port.Wrong, port.FirstIndex, port.HighestIndex));
    }

    private static byte[] Datagram(int index, ushort sequence, uint ssrc)
    {
        var datagram = new byte[12 + StampedSender.PayloadSize];
        (datagram[0], datagram[2], datagram[3], datagram[11]) = (0x80, (byte)(sequence >> 8), (byte)sequence, (byte)ssrc);
        new Stamp(1, index, 3).Write(datagram.AsSpan(12));
        return datagram;
    }
}
