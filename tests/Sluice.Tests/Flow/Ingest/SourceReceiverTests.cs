using Sluice.Flow;
using Sluice.Linux;
using Sluice.Tests.Kit;
using static Sluice.Tests.Flow.Ingest.SourceUnderTest;

namespace Sluice.Tests.Flow.Ingest;

public class SourceReceiverTests
{
    private const long SecondNs = 1_000_000_000;

    [Fact]
    public void ASourceThatIsBoundLaterListensToNobodyBeforeAndToNobodyElseAfter()
    {
        var receiver = new SourceReceiver(new SourcePlan(0, 0, false, null, -1, 0) { Inlet = 0 }, new EngineLimits());
        Assert.False(Offer(Alice, 10));
        receiver.ListenTo(Alice.WithPort(0), 96);
        Assert.False(Offer(Mallory, 11));
        Assert.False(Offer(Alice, 10));
        Assert.True(Offer(Alice, 11));
        receiver.ListenTo(Mallory, 96);
        Assert.False(Offer(Alice, 12));
        Assert.False(Offer(Mallory.WithPort(9), 12));
        Assert.False(Offer(Mallory, 12));           // probation: it proves itself as at first
        Assert.True(Offer(Mallory, 13));
        receiver.Close();
        Assert.False(Offer(Mallory, 14));
        Assert.Equal((2, 2, 5), (receiver.Counters.Packets, receiver.Counters.Probation, receiver.Counters.ForeignSender));

        bool Offer(DatagramAddress from, int sequence)
        {
            var packet = new ArrivedPacket { ArrivalNs = SecondNs };
            var taken = receiver.Offer(RtpBytes(sequence, payloadType: 96), in from, ref packet);
            while (receiver.TryTake(SecondNs, out var passed))
                Assert.Equal(PacketFlags.NewEpoch, passed.Flags);
            return taken;
        }
    }

    [Fact]
    public void ANewSourceProvesItselfBySequence()
    {
        var source = new SourceUnderTest();
        Assert.False(source.Rtp(10));
        Assert.True(source.Rtp(11));
        Assert.Equal((1, 1), (source.Counters.Probation, source.Counters.Packets));
        Assert.Equal(PacketFlags.NewEpoch, source.Taken[0].Flags);
        Assert.Equal(33, source.Receiver.PayloadType);
    }

    [Fact]
    public void ASourceThatDetectsTakesBareTransportPackets()
    {
        var source = new SourceUnderTest(detects: true);
        Assert.True(source.Offer(Ts(7)));
        Assert.True(source.Offer(Ts(3)));
        Assert.Equal([PacketFlags.NewEpoch | PacketFlags.Raw, PacketFlags.Raw], source.Taken.Select(packet => packet.Flags));
        Assert.False(source.Rtp(1));                 // what came first stays
        Assert.Equal(1, source.Counters.NotTransportStream);
    }

    [Fact]
    public void ASourceThatDetectsTakesRtpOfAnyPayloadType()
    {
        var source = new SourceUnderTest(detects: true);
        source.Rtp(1, payloadType: 97);
        Assert.True(source.Rtp(2, payloadType: 97));
        Assert.False(source.Offer(Ts(7)));
        Assert.Equal((PacketFlags.NewEpoch, 1L), (source.Taken[0].Flags, source.Counters.Malformed));
    }

    [Fact]
    public void ASourceThatWasSilentMayComeBackInTheOtherForm()
    {
        var source = new SourceUnderTest(detects: true);
        source.Rtp(1);
        source.Rtp(2);
        source.NowNs += 3 * SecondNs;
        Assert.True(source.Offer(Ts(7)));
        Assert.Equal(PacketFlags.NewEpoch | PacketFlags.Raw, source.Taken[^1].Flags);
        source.NowNs += 3 * SecondNs;
        source.Rtp(900);
        Assert.True(source.Rtp(901));
        Assert.Equal(PacketFlags.NewEpoch, source.Taken[^1].Flags);
        Assert.Equal([0, 1, 2], source.Numbers);
    }

    private static byte[] Ts(int packets)
    {
        var bytes = new byte[packets * 188];
        for (var i = 0; i < packets; i++)
            bytes[i * 188] = 0x47;
        return bytes;
    }

    [Fact]
    public void NumbersGoOnThroughWraps()
    {
        var source = new SourceUnderTest();
        for (var number = 65_000; number < 65_000 + 3 * 65_536; number++)
            source.Rtp(number);
        Assert.Equal(Enumerable.Range(0, 3 * 65_536 - 1).Select(number => (long)number), source.Numbers);
        Assert.Equal(0, source.Counters.Lost + source.Counters.Restarts);
    }

    [Fact]
    public void ARestartBeginsANewEpochThatNeverGoesBack()
    {
        var source = Playing(100, 105);
        Assert.False(source.Rtp(40_000));
        Assert.True(source.Rtp(40_001));
        Assert.True(source.Rtp(40_002));
        Assert.Equal((1, 1, 0), (source.Counters.Restarts, source.Counters.Jumps, source.Counters.Lost));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], source.Numbers);
        Assert.Equal([5], Enumerable.Range(1, 6).Where(i => source.Taken[i].Flags == PacketFlags.NewEpoch));
    }

    [Fact]
    public void TheOldSsrcGoesOnUntilTheNewOneHasProvedItself()
    {
        var source = Playing(100, 105);
        Assert.False(source.Rtp(9, ssrc: 8));
        Assert.True(source.Rtp(106));
        Assert.False(source.Rtp(11, ssrc: 8));       // not the successor of 9: it starts proving again
        Assert.True(source.Rtp(107));
        Assert.Equal((0, 7u), (source.Counters.SsrcChanges, source.Receiver.Ssrc));
        Assert.True(source.Rtp(12, ssrc: 8));
        Assert.Equal((1, 8u), (source.Counters.SsrcChanges, source.Receiver.Ssrc));
        Assert.False(source.Rtp(108));               // now the old one would have to prove itself
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], source.Numbers);
        Assert.Equal(PacketFlags.NewEpoch, source.Taken[^1].Flags);
    }

    [Fact]
    public void CountsDuplicatesLateAndLost()
    {
        var source = Playing(100, 105);
        Assert.False(source.Rtp(105));
        Assert.Equal(1, source.Counters.Duplicates);
        Assert.True(source.Rtp(110));
        Assert.Equal(4, source.Counters.Lost);
        Assert.False(source.Rtp(107));
        Assert.Equal(1, source.Counters.Late);
    }

    [Fact]
    public void HoldsForTheReorderTimeAndPutsItOnTopOfEveryDelivery()
    {
        var source = new SourceUnderTest(reorderNs: 50_000_000);
        source.Rtp(1);
        source.Rtp(2);
        source.Rtp(4);
        source.Rtp(3);
        Assert.Equal([0, 1, 2], source.Numbers);
        Assert.All(source.Taken, packet => Assert.Equal(source.NowNs + 50_000_000, packet.ArrivalNs));
        source.Rtp(6);
        Assert.Equal(source.NowNs + 50_000_000, source.Receiver.DeadlineNs);
        source.NowNs += 50_000_000;
        source.TakeAll();
        Assert.Equal((1, 1), (source.Counters.Reordered, source.Counters.Lost));
        Assert.Equal([0, 1, 2, 4], source.Numbers);
    }

    [Fact]
    public void ABoundSourceTakesPacketsFromNobodyElse()
    {
        var source = new SourceUnderTest(bound: Alice);
        for (var number = 0; number < 10; number++)
        {
            Assert.False(source.Rtp(number, from: Mallory));
            source.NowNs += 3 * SecondNs;
        }
        Assert.Equal(10, source.Counters.ForeignSender);
        source.Rtp(1, from: Alice.WithPort(9));      // the address is bound, the port is learned
        Assert.True(source.Rtp(2, from: Alice.WithPort(9)));
    }

    [Fact]
    public void AnotherSenderTakesOverOnlyAfterTwoSecondsOfSilence()
    {
        var source = Playing(100, 105);
        source.NowNs += 2 * SecondNs;
        Assert.False(source.Rtp(106, from: Mallory));
        Assert.Equal(1, source.Counters.ForeignSender);
        source.NowNs += 1;
        Assert.True(source.Rtp(106, from: Mallory));
        Assert.False(source.Rtp(107, from: Alice));
        Assert.Equal(2, source.Counters.ForeignSender);
    }

    [Fact]
    public void AProbingStrangerDoesNotKeepTheSourceFromItsSender()
    {
        var source = new SourceUnderTest();
        Assert.False(source.Rtp(500, ssrc: 66, from: Mallory));
        source.Rtp(1);
        Assert.True(source.Rtp(2));
        Assert.False(source.Rtp(501, ssrc: 66, from: Mallory));
        Assert.Equal(1, source.Counters.ForeignSender);
    }

    [Fact]
    public void ASecondEncoderWithTheSameSsrcIsAForeigner()
    {
        var source = Playing(100, 105);
        for (var i = 0; i < 50; i++)
        {
            Assert.False(source.Rtp(20_000 + i, from: Mallory));
            Assert.True(source.Rtp(106 + i));
        }
        Assert.Equal((50, 0, 0), (source.Counters.ForeignSender, source.Counters.Restarts, source.Counters.Lost));
        Assert.Equal(Enumerable.Range(0, 55).Select(i => (long)i), source.Numbers);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void OurOwnOutputThatComesBackIsNoNewStream(bool throughTheSendersRelay)
    {
        var source = new SourceUnderTest();
        source.Own.Add(0, Output(feed: 0, ssrc: 0xC0FFEE));
        source.Own.Add(1, Output(feed: 1, ssrc: 0xBEEF));
        for (var i = 0; i < 20; i++)
            Assert.False(source.Rtp(500 + i, ssrc: 0xC0FFEE));           // also before there is any sender
        Play(source, 100, 105);
        for (var i = 0; i < 20; i++)
            Assert.False(source.Rtp(500 + i, ssrc: 0xC0FFEE, from: throughTheSendersRelay ? Alice : Mallory));
        source.NowNs += 5 * SecondNs;
        Assert.False(source.Rtp(600, ssrc: 0xC0FFEE, from: Mallory));
        Assert.False(source.Rtp(601, ssrc: 0xC0FFEE, from: Mallory));
        Assert.Equal((42, 0, 0), (source.Counters.Looped, source.Counters.SsrcChanges, source.Counters.ForeignSender));
        Assert.False(source.Rtp(1, ssrc: 0xBEEF, from: Mallory));        // another channel's output is a chain
        Assert.True(source.Rtp(2, ssrc: 0xBEEF, from: Mallory));
    }

    [Fact]
    public void ABareStreamIsOurOwnWhenItComesFromUsAndGoesThere()
    {
        var source = new SourceUnderTest(isRaw: true);
        var ours = Mallory.WithPort(40_000);
        source.Own.SetAddresses([ours]);
        var datagram = Enumerable.Repeat((byte)0x47, 188).ToArray();
        source.Own.Add(0, Output(feed: 0, port: 1, kind: ClientKind.RawOverUdp));
        Assert.True(source.Offer(datagram, ours));                       // a chain: this feed's outputs go elsewhere
        source.NowNs += 5 * SecondNs;
        var loop = Output(feed: 0, port: SourceUnderTest.Port, kind: ClientKind.RawOverUdp);
        source.Own.Add(0, loop);
        Assert.True(source.Offer(datagram, Alice));
        source.NowNs += 5 * SecondNs;
        Assert.False(source.Offer(datagram, ours));
        Assert.Equal((1, 2), (source.Counters.Looped, source.Counters.Packets));
        source.Own.Remove(0, loop);
        Assert.True(source.Offer(datagram, ours));
    }

    private static ClientSpec Output(int feed, uint ssrc = 0, int port = 9_000, ClientKind kind = ClientKind.RtpOverUdp) =>
        new() { Kind = kind, Feed = feed, DelayNs = 0, Ssrc = ssrc, Address = Alice.WithPort((ushort)port) };

    [Theory, InlineData(96, 96, 97), InlineData(-1, 33, 0)]
    public void AWrongPayloadTypeIsRefused(int planned, byte right, byte wrong)
    {
        var source = new SourceUnderTest(payloadType: planned);
        source.Rtp(1, payloadType: right);
        Assert.True(source.Rtp(2, payloadType: right));
        Assert.False(source.Rtp(3, payloadType: wrong));
        Assert.Equal(1, source.Counters.WrongPayloadType);
        Assert.True(source.Rtp(3, payloadType: right));
    }

    [Fact]
    public void ADynamicPayloadTypeNeedsConfiguration()
    {
        var source = new SourceUnderTest(payloadType: -1);
        for (ushort sequence = 1; sequence <= 5; sequence++)
            Assert.False(source.Rtp(sequence, payloadType: 96));
        Assert.Equal(5, source.Counters.WrongPayloadType);
    }

    [Theory]
    [InlineData(0, 0x47, false), InlineData(188, 0x47, true), InlineData(7 * 188, 0x47, true), InlineData(188, 0x46, false), InlineData(189, 0x47, false)]
    public void ARawSourceTakesWholeTransportPackets(int length, byte first, bool taken)
    {
        var source = new SourceUnderTest(isRaw: true);
        var datagram = new byte[length];
        datagram.AsSpan().Fill(first);
        Assert.Equal(taken, source.Offer(datagram));
        Assert.Equal(taken ? 0 : 1, source.Counters.NotTransportStream);
        if (taken)
            Assert.Equal(PacketFlags.Raw | PacketFlags.NewEpoch, source.Taken[0].Flags);
    }

    [Fact]
    public void SaysWhereBodyAndPayloadLie()
    {
        var source = Playing(1, 2);
        // V=2 P X CC=1: one CSRC, an extension of one word, four bytes of payload, two of padding.
        byte[] datagram = [0xB1, 33, 0, 3, 0, 0, 0, 9, 0, 0, 0, 7, 1, 2, 3, 4, 0xBE, 0xDE, 0, 1, 0, 0, 0, 0, 0x47, 1, 2, 3, 0, 2];
        Assert.True(source.Offer(datagram));
        var packet = source.Taken[^1];
        Assert.Equal((12, 18, 24, 4), (packet.BodyOffset, packet.BodyLength, packet.PayloadOffset, packet.PayloadLength));
        Assert.Equal((0xB1, 33, 9u), (packet.FirstByte, packet.MarkerAndPayloadType, packet.RtpTimestamp));
    }

    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void EveryRefusalIncrementsExactlyOneNamedCounter(int seed)
    {
        var random = new Random(seed);
        foreach (var isRaw in (bool[])[false, true])
        {
            var source = new SourceUnderTest(isRaw, reorderNs: random.Next(2) * 20_000_000);
            var examples = new List<byte[]> { RtpBytes(1), RtpBytes(2), Enumerable.Repeat((byte)0x47, 188).ToArray() };
            for (var (i, number) = (0, 60_000); i < 20_000; i++, source.NowNs += random.Next(2_000_000))
            {
                var before = (source.Refusals, source.Counters.Packets, Held: source.Taken.Count);
                var datagram = random.Next(3) == 0 ? AnyBytes.FromSeed(random.Next(), examples)
                    : RtpBytes(number += random.Next(200) == 0 ? random.Next(10_000) : random.Next(-2, 4), ssrc: random.Next(300) == 0 ? 8u : 7u);
                source.NowNs += random.Next(2_000) == 0 ? 3 * SecondNs : 0;
                var taken = source.Offer(datagram, random.Next(50) == 0 ? Mallory : Alice);
                Assert.Equal(taken ? 0 : 1, source.Refusals - before.Refusals);
            }
            Assert.True(source.Taken.Zip(source.Taken.Skip(1), (one, two) => one.ExtendedSequence < two.ExtendedSequence).All(rises => rises));
        }
    }

    private static SourceUnderTest Playing(int first, int last)
    {
        var source = new SourceUnderTest();
        Play(source, first, last);
        return source;
    }

    private static void Play(SourceUnderTest source, int first, int last)
    {
        for (var number = first; number <= last; number++)
            source.Rtp(number);
        Assert.Equal(last - first, source.Counters.Packets);
    }
}
