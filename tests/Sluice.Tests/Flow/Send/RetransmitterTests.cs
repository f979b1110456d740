using System.Buffers.Binary;
using Sluice.Flow;
using Sluice.Tests.Kit;
using Sluice.Wire.Rtcp;
using Sluice.Wire.Rtp;
using static Sluice.Tests.Flow.HandDriven;

namespace Sluice.Tests.Flow.Send;

/// <summary>Answers to NACKs (RFC 4585 §6.2.1, RFC 4588 §4): what comes, what does not, and how much.</summary>
public class RetransmitterTests
{
    private const ushort Port = 9_000, First = 65_500;
    private const uint Peer = 0xAA, RtxSsrc = 0xBEEF;
    private const long SecondNs = 1_000_000_000, HoldNs = 200_000_000, DelayNs = 60 * TickNs;

    [Fact]
    public void TheSamePacketComesAgainAtOnce()
    {
        using var engine = Playing(out var client);
        var sent = engine.Media.Sent.ToArray();
        Nack(engine, client, Number(sent[^1]), Number(sent[^3]), Number(sent[^4]));
        var before = engine.Media.Sent.Count;
        engine.Step();
        var again = engine.Media.Sent.Skip(before).ToArray();
        Assert.Equal([sent[^1].Bytes, sent[^3].Bytes, sent[^4].Bytes], again.Take(3).Select(datagram => datagram.Bytes));    // before what is due
        Assert.Equal((3, 3, 3), (client.Retransmit!.Answered, engine.Send.Counters.Retransmitted, engine.Send.Counters.NacksReceived));
        Assert.Equal(sent.Length, client.Progress.Packets - again.Skip(3).Count());
    }

    [Fact]
    public void AsRtxItHasItsOwnSsrcTypeAndNumbersAndTheOriginalNumberBeforeThePayload()
    {
        using var engine = Playing(out var client, RetransmitMode.Rtx);
        var sent = engine.Media.Sent.ToArray();
        Nack(engine, client, Number(sent[^1]));
        engine.Step();
        Nack(engine, client, Number(sent[^2]));
        engine.Step();
        var again = engine.Media.Sent.Skip(sent.Length).Select(datagram => datagram.Bytes).Where(bytes => Read(bytes).Ssrc == RtxSsrc).ToArray();
        foreach (var (bytes, original, n) in again.Select((bytes, n) => (bytes, sent[^(1 + n)].Bytes, n)))
        {
            Assert.Equal(Read(original) with { PayloadType = 97, Ssrc = RtxSsrc, SequenceNumber = (ushort)n }, Read(bytes));
            Assert.Equal(Read(original).SequenceNumber, BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(RtpHeader.Size)));
            Assert.Equal(original[RtpHeader.Size..], bytes[(RtpHeader.Size + 2)..]);
        }
        Assert.Equal(2, again.Length);
        engine.RunFor(10 * SecondNs);
        var reporters = engine.Reports.To(Port + 1).Select(datagram => BinaryPrimitives.ReadUInt32BigEndian(datagram.Bytes.AsSpan(4))).Distinct();
        Assert.Equal([client.Ssrc, RtxSsrc], reporters);
    }

    [Fact]
    public void OnlyWhatThisClientWasSentAndIsKeptComesAgain()
    {
        using var engine = Playing(out var client);
        var sent = engine.Media.Sent.ToArray();
        var next = (ushort)(Number(sent[^1]) + 1);
        Nack(engine, client, next, (ushort)(next + 1), (ushort)(First - 1), (ushort)(First - 2));
        engine.Step();
        Assert.Equal((0, 4, 0), (client.Retransmit!.Answered, client.Retransmit.NotSent, client.Retransmit.TooOld));
        Nack(engine, client, First);
        engine.Step();
        Assert.Equal(1, client.Retransmit.TooOld);
        // The last that is kept: due at its delivery time plus the client's delay, and the hold time from there.
        var youngest = engine.Media.To(Port).Last(datagram => engine.Now.Ns - datagram.AtNs > HoldNs + 12 * TickNs);
        var oldest = engine.Media.To(Port).First(datagram => engine.Now.Ns - datagram.AtNs < HoldNs - 12 * TickNs);
        Nack(engine, client, Number(youngest), Number(oldest));
        engine.Step();
        Assert.Equal((1, 2), (client.Retransmit.Answered, client.Retransmit.TooOld));
    }

    [Fact]
    public void OneQuestionIsAnsweredOnceARoundTrip()
    {
        using var engine = Playing(out var client);
        var lost = Number(engine.Media.Sent[^1]);
        for (var i = 0; i < 10; i++)
        {
            Nack(engine, client, lost);
            engine.Step();
        }
        Assert.Equal((1, 9), (client.Retransmit!.Answered, client.Retransmit.Repeated));
        engine.RunFor(40 * TickNs);          // 20 ms, as long as no report has told the round trip
        Nack(engine, client, lost);
        engine.Step();
        Assert.Equal(2, client.Retransmit.Answered);
    }

    [Fact]
    public void AShareOfTheMediaRateIsTheMost()
    {
        using var engine = Playing(out var client, share: 0.1);
        engine.IntervalNs = TickNs;                                       // 1,900 packets/s
        engine.RunFor(3 * SecondNs);
        var before = client.Retransmit!.Answered;
        for (var i = 0; i < 4 * SecondNs / TickNs / 4; i++)
        {
            Nack(engine, client, Number(engine.Media.Sent[^1]));          // 476 a second: one packet in four
            engine.RunFor(4 * TickNs);
        }
        Assert.InRange(client.Retransmit.Answered - before, 0.1 * 4 * 1_900 * 0.8, (0.1 * 4 * 1_900 + 50) * 1.3);
        Assert.True(client.Retransmit.RateLimited > 500);
    }

    [Fact]
    public void StrangersAndOtherSsrcsGetNothing()
    {
        using var engine = Playing(out var client);
        var lost = Number(engine.Media.Sent[^1]);
        engine.ReportArrives(Compound(Peer, client.Ssrc, lost), Port + 3);
        engine.ReportArrives(Compound(Peer, client.Ssrc + 1, lost), Port + 1);
        engine.ReportArrives(Compound(Peer + 1, client.Ssrc, lost), Port + 1);
        engine.Step();
        Assert.Equal((0, 0), (client.Retransmit!.Answered, engine.Send.Counters.NacksReceived));
    }

    [Fact]
    public void NothingIsAllocatedAndEverySlotComesBack()
    {
        using var engine = Playing(out var client);
        engine.Media.Records = engine.Reports.Records = false;
        var compound = Compound(Peer, client.Ssrc, 0);
        Assert.Equal(0, Allocations.Of(() =>
        {
            BinaryPrimitives.WriteUInt16BigEndian(compound.AsSpan(compound.Length - 4), (ushort)(client.Progress.NextSequence - 1));
            engine.ReportArrives(compound, Port + 1);
            engine.RunFor(20 * TickNs);
        }));
        Assert.True(client.Retransmit!.Answered > 50);
        engine.RunFor(20 * SecondNs);
        Assert.Equal(0, engine.Core.FeedCounters(0).WindowFull + engine.Core.SourceCounters(0).SlabFull);
    }

    private static HandDriven Playing(out ClientSpec client, RetransmitMode mode = RetransmitMode.Same, double share = 1)
    {
        var engine = new HandDriven(retransmitNs: HoldNs);
        client = engine.Spec(Port, DelayNs, retransmit: new RetransmitState(mode, share, HoldNs, RtxSsrc, 97));
        engine.Join(client, First, 1_000);
        engine.RunFor(2 * SecondNs);
        return engine;
    }

    private static void Nack(HandDriven engine, ClientSpec client, params ReadOnlySpan<ushort> lost)
    {
        foreach (var sequence in lost)
            engine.ReportArrives(Compound(Peer, client.Ssrc, sequence), Port + 1);
    }

    private static byte[] Compound(uint from, uint media, ushort lost)
    {
        var bytes = new byte[64];
        var writer = new RtcpCompoundWriter(bytes);
        Assert.True(writer.TryAdd(new ReceiverReport(from)));
        Assert.True(writer.TryAddNack(from, media, [new NackEntry(lost, 0)]));
        return bytes[..writer.Length];
    }

    private static ushort Number(FakeWire.Datagram datagram) => Read(datagram.Bytes).SequenceNumber;

    private static RtpHeader Read(byte[] datagram)
    {
        Assert.True(RtpHeader.TryRead(datagram, out var header));
        return header;
    }
}
