using Sluice.Flow;
using Sluice.Tests.Kit.Media;
using Sluice.Wire.RandomAccess;
using Sluice.Wire.Rtp;
using Xunit.Abstractions;
using static Sluice.Tests.Flow.HandDriven;

namespace Sluice.Tests.Flow.Replay;

/// <summary>A loop in a whole engine, in virtual time: what leaves, and when.</summary>
public sealed class LoopReplayTests(ITestOutputHelper output)
{
    private const long SecondNs = 1_000_000_000;
    private const ushort Port = 9_000;
    private const int Turns = 20;

    [Theory, InlineData(0), InlineData(32 * TickNs)]
    public async Task TwentyTurnsOfTenSecondsLeaveAsOneStream(long quantumNs)
    {
        var file = await File.ReadAllBytesAsync(await TestClip.CutAsync("-t", "10", "-c", "copy"));
        var expected = Drain(Loop(file));
        using var engine = new HandDriven(quantumNs, replays: 1) { IntervalNs = 0 };
        var ended = 0;
        var plan = new ReplayPlan { ClockRate = 90_000, OnEnded = () => ended++ };
        Assert.True(engine.Core.Replays.TryOpen(Loop(file), plan, out var ticket));
        engine.Join(engine.Spec(Port, feed: ticket.Feed), firstSequence: 60_000, firstTimestamp: 4_294_000_000);
        engine.RunFor(Turns * 10 * SecondNs + 5 * SecondNs);

        var sent = engine.Media.To(Port).ToArray();
        Assert.Equal((expected.Count, 1, true), (sent.Length, ended, ticket.Counters.HasEnded));
        var check = new TsStreamCheck();
        long earliest = long.MaxValue, latest = long.MinValue;
        for (var i = 0; i < sent.Length; i++)
        {
            Assert.True(RtpPacket.TryParse(sent[i].Bytes, out var packet));
            Assert.Equal(((ushort)(60_000 + i), 0xC000_0000u + Port), (packet.SequenceNumber, packet.Ssrc));
            Assert.Equal(4_294_000_000u + expected[i].Packet.RtpTimestamp - expected[0].Packet.RtpTimestamp, packet.Timestamp);
            Assert.True(packet.Payload.SequenceEqual(expected[i].Payload), $"payload of packet {i}");
            check.Take(packet.Payload);
            var shiftNs = sent[i].AtNs - expected[i].Packet.MediaNs;
            (earliest, latest) = (Math.Min(earliest, shiftNs), Math.Max(latest, shiftNs));
        }
        output.WriteLine($"{sent.Length} packets, {check}; departures within {(latest - earliest) / 1e6:f3} ms");
        Assert.Equal((0, 0, 0), (check.BadPackets, check.ContinuityErrors, check.Left));
        Assert.InRange(latest - earliest, 0, quantumNs + 3 * TickNs);       // at the seams as anywhere else
        Assert.Equal(0, ticket.Counters.ReadLate + ticket.Counters.NoRoom + engine.Send.Counters.LateDropped);
    }

    private static LoopSource Loop(byte[] file) =>
        new(() => new TsFileSource(file), new LoopPlan { Turns = Turns, Codec = AccessCodec.MpegTs, ClockRate = 90_000 });

    private static List<(ReplayPacket Packet, byte[] Payload)> Drain(LoopSource loop)
    {
        var packets = new List<(ReplayPacket, byte[])>();
        while (loop.TryNext(out var packet, out var payload) == ReplayStatus.Packet)
            packets.Add((packet, payload.ToArray()));
        return packets;
    }
}
