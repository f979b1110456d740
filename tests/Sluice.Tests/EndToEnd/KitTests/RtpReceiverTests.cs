using System.Net;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd.KitTests;

/// <summary>The receiver sees every packet of a clean flow, and each kind of damage of a damaged one.</summary>
public class RtpReceiverTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task SeesEveryPacketWithItsStampAndDelay()
    {
        var (sent, record) = await RunAsync(LossProfile.None, rtp: true);
        var score = PortScore.Of(record);
        Assert.Equal(new PortScore(record.Port, sent, 0, 0, 0, 0, 0), score);
        Assert.Equal([0x1234_5678u], record.Ssrcs);
        Assert.Equal(Enumerable.Range(0, sent), record.Packets.Select(p => p.Index));
        Assert.All(PortScore.DelaysNs(record), delayNs => Assert.InRange(delayNs, 0, 5_000_000_000));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CountsExactlyTheDamageDone(bool rtp)
    {
        // Even k: the last packet of the run may be a dropped one, which no receiver can know of; so compare up to the last received.
        var (sent, record) = await RunAsync(new LossProfile(Seed: 7) { DropEvery = 10, Duplicate = 0.05, Reorder = 0.05 }, rtp);
        var score = PortScore.Of(record, rtp);
        output.WriteLine($"{sent} sent: {score}");
        Assert.InRange(score.Lost, sent / 10 - 3, sent / 10);
        Assert.True(score is { Duplicates: > 0, OutOfOrder: > 0, WithoutStamp: 0 }, score.ToString());
    }

    [Fact]
    public void NoticesAFlippedBit()
    {
        var payload = new byte[1316];
        new Stamp(1, 2, 3).Write(payload);
        Assert.True(Stamp.TryRead(payload, out var stamp));
        Assert.Equal(new Stamp(1, 2, 3), stamp);
        foreach (var at in (int[])[0, 9, 30, 40, 1315])
        {
            payload[at] ^= 1;
            Assert.False(Stamp.TryRead(payload, out _));
            payload[at] ^= 1;
        }
    }

    [Fact]
    public async Task ReadsAThousandPorts()
    {
        var ports = FreePorts.Pairs(1000);
        using var receiver = new RtpReceiver(ports);
        using var relay = new LossyRelay([.. ports.Select(p => (new IPEndPoint(IPAddress.Loopback, p), LossProfile.None))]);
        using var sender = new StampedSender(new IPEndPoint(IPAddress.Loopback, relay.Port), new SendPlan(PacketsPerSecond: 20));
        await Eventually.TrueAsync("20 packets at each port", s_bound, () => receiver.Records.All(r => r.Count >= 20));
        receiver.Stop();
        Assert.False(receiver.WasTheLimit);
        Assert.All(receiver.Records, r => Assert.True(PortScore.Of(r) is { Lost: 0, Duplicates: 0, OutOfOrder: 0 }));
    }

    [Fact]
    public async Task SaysWhenItWasTheLimitItself()
    {
        var port = FreePorts.Pair();
        using var receiver = new RtpReceiver([port], receiveBufferBytes: 64 << 10) { IsPaused = true };
        using var sender = new StampedSender(new IPEndPoint(IPAddress.Loopback, port), new SendPlan(PacketsPerSecond: 2000, Burst: 500));
        await Eventually.TrueAsync("more than its buffer holds", s_bound, () => sender.Sent >= 1000);
        receiver.IsPaused = false;
        var seen = sender.Sent;
        await Eventually.TrueAsync("packets after the overflow", s_bound, () => sender.Sent >= seen + 500);
        sender.Stop();
        Assert.True(PortScore.Of(receiver.Stop()[0]).Lost > 0);
        Assert.True(receiver.WasTheLimit);
    }

    [Fact]
    public async Task ReadsSenderReportsAndBye()
    {
        var port = FreePorts.Pair();
        using var receiver = new RtpReceiver([port]);
        using var socket = new System.Net.Sockets.UdpClient();
        byte[] report = [0x80, 200, 0, 6, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 6, 0x81, 203, 0, 1, 0, 0, 0, 9];
        socket.Send(report, new IPEndPoint(IPAddress.Loopback, port + 1));
        await Eventually.TrueAsync("BYE", s_bound, () => receiver.Records[0].ByeSeen);
        var sr = Assert.Single(receiver.Stop()[0].SenderReports);
        Assert.Equal((9u, 0x0102_0304_0506_0708ul, 256u, 5u, 6u), (sr.Ssrc, sr.Ntp, sr.RtpTimestamp, sr.Packets, sr.Octets));
    }

    private static async Task<(int Sent, PortRecord Record)> RunAsync(LossProfile profile, bool rtp)
    {
        var port = FreePorts.Pair();
        using var receiver = new RtpReceiver([port], rtp);
        using var relay = new LossyRelay((new IPEndPoint(IPAddress.Loopback, port), profile));
        using var sender = new StampedSender(new IPEndPoint(IPAddress.Loopback, relay.Port), new SendPlan(PacketsPerSecond: 2000, Burst: 4) { Rtp = rtp });
        await Eventually.TrueAsync("2000 packets", s_bound, () => sender.Sent >= 2000);
        var sent = sender.Stop();
        await Eventually.TrueAsync("the last packets", s_bound,
            () => receiver.Records[0].Count >= sent - relay.Dropped + relay.Duplicated - (relay.Reordered > 0 ? 1 : 0));
        return (sent, receiver.Stop()[0]);
    }
}
