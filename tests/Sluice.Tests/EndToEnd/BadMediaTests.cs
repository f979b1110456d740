using System.Net;
using System.Net.Sockets;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>Bad datagrams at a source are counted by kind, and the stream that is good passes untouched.</summary>
[Collection(QuietMachine.Name)]
public class BadMediaTests
{
    private const int PacketsPerSecond = 300;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task GarbageIsCountedAndTheStreamIsWhole()
    {
        var port = FreePorts.Pair();
        using var receiver = new RtpReceiver([port]);
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = [$"rtp://127.0.0.1:{port}"] });
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond));
        await Eventually.TrueAsync("the stream", s_bound, () => receiver.Records[0].Count > PacketsPerSecond);
        SendGarbage(engine.Source, seed: 20_260_101);
        await Eventually.TrueAsync("malformed counted", s_bound, async () => await engine.SourceCounterAsync("malformed") >= 100);
        var soFar = receiver.Records[0].Count;
        await Eventually.TrueAsync("the stream afterwards", s_bound, () => receiver.Records[0].Count > soFar + 2 * PacketsPerSecond);
        receiver.Stop();
        EngineRig.AssertWhole(receiver, receiver.Records, packetsMin: 3 * PacketsPerSecond);
        Assert.Single(receiver.Records[0].Ssrcs);
    }

    [Fact]
    public async Task ABoundSourceTakesNothingFromASecondSender()
    {
        var port = FreePorts.Pair();
        using var receiver = new RtpReceiver([port]);
        await using var engine = await EngineRig.StartAsync(
            new EnginePlan { Outputs = [$"rtp://127.0.0.1:{port}"], SourceQuery = "?from=127.0.0.1" });
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond));
        using var intruder = new UdpClient(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await Eventually.TrueAsync("the stream", s_bound, () => receiver.Records[0].Count > PacketsPerSecond);
        for (var i = 0; i < 200; i++) intruder.Send(RtpPacket(payloadType: 33, sequence: i), engine.Source);
        await Eventually.TrueAsync("the intruder counted", s_bound, async () => await engine.SourceCounterAsync("foreignSender") >= 200);
        receiver.Stop();
        EngineRig.AssertWhole(receiver, receiver.Records, packetsMin: PacketsPerSecond);
    }

    [Fact]
    public async Task AWrongPayloadTypeIsCountedAndNotForwarded()
    {
        var port = FreePorts.Pair();
        using var receiver = new RtpReceiver([port]);
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = [$"rtp://127.0.0.1:{port}"] });
        using var sender = new UdpClient();
        for (var i = 0; i < 100; i++) sender.Send(RtpPacket(payloadType: 97, sequence: i), engine.Source);
        await Eventually.TrueAsync("the payload type counted", s_bound, async () => await engine.SourceCounterAsync("wrongPayloadType") >= 100);
        receiver.Stop();
        Assert.Equal(0, receiver.Records[0].Count);
    }

    // RFC 3550 §A.1: a sender proves itself by two packets in a row, and a number far off is believed when the next one follows it.
    [Fact]
    public async Task WhatIsNotBelievedYetIsCounted()
    {
        await using var engine = await EngineRig.StartAsync(new EnginePlan());
        using var sender = new UdpClient();
        foreach (var sequence in Enumerable.Range(0, 10).Append(30_000)) sender.Send(RtpPacket(payloadType: 33, sequence), engine.Source);
        await Eventually.TrueAsync("the jump counted", s_bound, async () => await engine.SourceCounterAsync("jumps") == 1);
        Assert.Equal((1, 9), (await engine.SourceCounterAsync("probation"), await engine.SourceCounterAsync("packets")));
    }

    private static byte[] RtpPacket(byte payloadType, int sequence)
    {
        var packet = new byte[12 + 1316];
        packet[0] = 0x80;
        packet[1] = payloadType;
        packet[2] = (byte)(sequence >> 8);
        packet[3] = (byte)sequence;
        packet[8] = 0x66;   // an SSRC of its own
        for (var at = 12; at < packet.Length; at += 188) packet[at] = 0x47;
        return packet;
    }

    /// <summary>Empty, truncated, wrong version, CSRC count beyond the end, padding beyond the start, and plain noise (never version 2).</summary>
    private static void SendGarbage(IPEndPoint to, int seed)
    {
        using var socket = new UdpClient();
        var random = new Random(seed);
        byte[][] crafted = [[], [0x80], [0x80, 33, 0, 1], new byte[11], [0x8F, 33, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0], [0xA0, 33, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 255]];
        foreach (var datagram in crafted) socket.Send(datagram, to);
        for (var i = 0; i < 200; i++)
        {
            var noise = new byte[random.Next(1, 1500)];
            random.NextBytes(noise);
            noise[0] &= 0x3F;
            socket.Send(noise, to);
        }
    }
}
