using System.Buffers.Binary;
using System.Net;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtcp;
using Sluice.Wire.Rtp;
using static Sluice.Tests.Flow.Ingest.SourceUnderTest;

namespace Sluice.Tests.Flow.Feedback;

/// <summary>A source whose sender is asked for what was lost (RFC 4585, RFC 4588): what goes to whom, and what comes of the answers.</summary>
public sealed class FeedbackLoopTests : IDisposable
{
    private const long MsNs = 1_000_000, WindowNs = 200 * MsNs;
    private const uint OurSsrc = 0xFEED, MediaSsrc = 7;
    private const byte RtxType = 97;
    private readonly FakeWire _media = new(), _rtcp = new(), _out = new(), _outReports = new();
    private readonly EngineCore<FakeSocket> _core;
    private MonotonicTime _now = new(1_000_000_000_000);

    public FeedbackLoopTests() : this(new NackPlan(OurSsrc, 0, RtxType)) { }

    private FeedbackLoopTests(NackPlan nack)
    {
        _core = new EngineCore<FakeSocket>(
            new EnginePlan
            {
                Limits = HandDriven.Small, Cname = "us",
                Feeds = [new FeedPlan("news", PaceMode.Arrival, 0, 0, 0, 90_000, Stored: false)],
                Sources = [new SourcePlan(0, 0, IsRaw: false, null, -1, WindowNs) { Nack = nack }],
            },
            [_media.Socket], null, new EngineClock(HandDriven.WallMinusMonotonicNs), _now);
        _core.Feedback!.AddSource(0, _rtcp.Socket);
        Assert.True(_core.TryAddEgress([new Egress<FakeSocket>(_out.Socket, _outReports.Socket, segmentation: true, HandDriven.Small)], out var egress));
        Assert.True(_core.Desk.TryReserve(out var seat));
        Assert.True(_core.Desk.TryPlay(seat, new ClientSpec
        {
            Kind = ClientKind.RtpOverUdp, Feed = 0, DelayNs = 0, Ssrc = 1, Egress = egress, Address = DatagramAddress.From(IPAddress.Loopback, 9_000),
            RtcpAddress = DatagramAddress.From(IPAddress.Loopback, 9_001),
        }, 0, 0));
    }

    private SourceCounters Counters => _core.SourceCounters(0);

    public void Dispose() => _core.Dispose();

    [Fact]
    public void ALostPacketIsAskedForInACompoundWithAReportAndAName()
    {
        Receive(0, 1, 2, 5, 6, 30);
        Run(20 * MsNs);
        var nack = Assert.Single(Nacks());
        Assert.Equal(Alice.WithPort(5_001), nack.To);
        Assert.True(RtcpCompound.TryParse(nack.Bytes, out var compound));
        var types = new List<RtcpPacketType>();
        foreach (var packet in compound)
        {
            types.Add(packet.Type);
            if (ReceiverReport.TryRead(packet, out var report, out var blocks))
            {
                Assert.Equal((OurSsrc, 1), (report.SenderSsrc, blocks.Count));
                foreach (var block in blocks)
                    Assert.Equal((MediaSsrc, 30u), (block.Ssrc, block.ExtendedHighest));
            }
            if (Sdes.TryRead(packet, out var names))
                Assert.True(names.TryGetCname(OurSsrc, out var name) && name.SequenceEqual("us"u8));
        }
        Assert.Equal([RtcpPacketType.ReceiverReport, RtcpPacketType.SourceDescription, RtcpPacketType.TransportFeedback], types);
        Assert.Equal([3, 4, .. Enumerable.Range(7, 23)], Asked(nack.Bytes));
        Assert.Equal((1, 25), (Counters.NacksSent, Counters.Asked));
    }

    [Fact]
    public void WhatComesBackFillsItsHoleInOrderAndInTime()
    {
        Receive(0, 1, 2, 4, 5);
        Run(20 * MsNs);
        Assert.Equal([3], Asked(Assert.Single(Nacks()).Bytes));
        Receive(3);
        Run(2 * WindowNs);
        Assert.Equal([1, 2, 3, 4, 5], Out());
        Assert.Equal((1, 0, 0, 0), (Counters.Recovered, Counters.GivenUp, Counters.Lost, Counters.Reordered));
        Assert.Single(Nacks());
        Assert.InRange(Counters.AnswerNs, 1, 20 * MsNs);
    }

    [Fact]
    public void AsRtxItComesBackAsWhatItWas()
    {
        Receive(0, 1, 2, 4, 5);
        Run(20 * MsNs);
        Send(Rtx(3, withExtension: true), Alice);
        Run(2 * WindowNs);
        var packets = _out.To(9_000).Select(datagram => datagram.Bytes).ToArray();
        Assert.Equal([1, 2, 3, 4, 5], Out());
        Assert.True(RtpPacket.TryParse(packets[2], out var repaired));
        Assert.Equal((33, true, 0xBEDE, 1), (repaired.PayloadType, repaired.Marker, repaired.ExtensionProfile, repaired.CsrcCount));
        Assert.Equal(0xC5C5_C5C5u, repaired.Csrc(0));
        Assert.Equal(Body(3), repaired.Payload.ToArray());
        Assert.Equal((1, 0, 0), (Counters.Recovered, Counters.RtxIgnored, Counters.WrongPayloadType));
    }

    [Fact]
    public void RtxOfWhatIsNotMissingOrFromSomebodyElseIsIgnored()
    {
        Receive(0, 1, 2, 4, 5);
        Run(20 * MsNs);
        Send(Rtx(4), Alice);            // has come
        Send(Rtx(900), Alice);          // was never sent
        Send(Rtx(3), Mallory);          // another host
        Send(Rtx(3)[..13], Alice);      // no room for a number
        Run(2 * WindowNs);
        Assert.Equal((0, 1, 4), (Counters.Recovered, Counters.GivenUp, Counters.RtxIgnored));
        Assert.Equal([1, 2, 4, 5], Out());
    }

    [Fact]
    public void WhatDoesNotComeIsAskedForAgainAndGivenUpWithItsWindow()
    {
        Receive(0, 1, 2, 4);
        for (var i = 5; i < 60; i++)
        {
            Run(5 * MsNs);
            Receive(i);
        }
        Run(2 * WindowNs);
        Assert.InRange(Nacks().Length, 2, 8);
        Assert.All(Nacks(), nack => Assert.Equal([3], Asked(nack.Bytes)));
        Assert.Equal((0, 1, 1), (Counters.Recovered, Counters.GivenUp, Counters.Lost));
        Assert.Equal(new MonotonicTime(_core.Feedback!.NextDeadline.Ns), _core.Feedback.NextDeadline);
        Assert.InRange(_core.Feedback.NextDeadline.Ns, _now.Ns, _now.Ns + 8_000 * MsNs);      // nothing but a report is due
    }

    [Fact]
    public void ANewStreamIsNotAskedForWhatTheOldOneLost()
    {
        Receive(0, 1, 2, 4);
        foreach (var number in new[] { 60_000, 60_001, 60_003 })
            Send(RtpBytes(number, ssrc: 8), Alice);
        Run(20 * MsNs);
        var nack = Assert.Single(Nacks());
        Assert.Equal([60_002], Asked(nack.Bytes));
        Assert.Equal(8u, BinaryPrimitives.ReadUInt32BigEndian(nack.Bytes.AsSpan(nack.Bytes.Length - 8)));
    }

    [Fact]
    public void ReportsGoWhereTheSendersOwnCameFromAndNeverToAnotherHost()
    {
        Receive(0, 1);
        Report(Mallory.WithPort(7_777), MediaSsrc);
        Report(Alice.WithPort(6_666), ssrc: 99);        // another stream of the same host
        Receive(2, 4);
        Run(20 * MsNs);
        Assert.Equal(Alice.WithPort(5_001), Nacks()[^1].To);
        Report(Alice.WithPort(6_000), MediaSsrc);
        Receive(6);
        Run(20 * MsNs);
        Assert.Equal(Alice.WithPort(6_000), Nacks()[^1].To);
        Assert.Equal(1, Counters.FeedbackForeign);
        Assert.True(RtcpCompound.TryParse(Nacks()[^1].Bytes, out var compound));
        foreach (var packet in compound)
            if (ReceiverReport.TryRead(packet, out _, out var blocks))
                foreach (var block in blocks)
                    Assert.Equal(0xABCD_0000u, block.LastSenderReport);
    }

    [Fact]
    public void GarbageOnTheRtcpPortChangesNothing()
    {
        Receive(0, 1);
        var random = new Random(3);
        for (var i = 0; i < 2_000; i++)
        {
            var bytes = new byte[random.Next(80)];
            random.NextBytes(bytes);
            _rtcp.Arrive(bytes, Alice, _now.Ns);
        }
        for (var i = 0; i < 400; i++)
        {
            _core.Feedback!.OnReadable(0);
            Run(MsNs);
        }
        Receive(2, 4);
        Run(20 * MsNs);
        Assert.Equal([3], Asked(Nacks()[^1].Bytes));
        Assert.InRange(Counters.FeedbackForeign, 1_990, 2_000);
    }

    [Fact]
    public void WithoutLossItReportsAtTheIntervalsOfRfc3550()
    {
        for (var i = 0; i < 6_000; i++)
        {
            Receive(i);
            Run(10 * MsNs);
        }
        // 60 s with intervals of 5 s / 1.218 times 0.5 to 1.5, the first half of that.
        Assert.InRange(_rtcp.Sent.Count, 9, 30);
        Assert.Empty(Nacks());
        Assert.Equal(_rtcp.Sent.Count, Counters.ReportsSent);
    }

    [Fact]
    public void AConfiguredPortIsWhereTheSenderHears()
    {
        using var other = new FeedbackLoopTests(new NackPlan(OurSsrc, RtcpPort: 7_000));
        other.Receive(0, 1, 2, 4);
        other.Report(Alice.WithPort(6_000), MediaSsrc);
        other.Run(20 * MsNs);
        Assert.Equal(Alice.WithPort(7_000), other.Nacks()[^1].To);
    }

    private void Receive(params int[] numbers)
    {
        foreach (var number in numbers)
            Send(Packet(number), Alice);
    }

    private void Send(byte[] bytes, DatagramAddress from)
    {
        _media.Arrive(bytes, from, _now.Ns);
        _core.Ingest.OnReadable(0);
        Pass();
    }

    private void Report(DatagramAddress from, uint ssrc)
    {
        var bytes = new byte[SenderReport.Size];
        new SenderReport(ssrc, new NtpTime(0x0000_ABCD_0000_0000), 0, 0, 0).Write(bytes);
        _rtcp.Arrive(bytes, from, _now.Ns);
        _core.Feedback!.OnReadable(0);
        Pass();
    }

    private void Run(long ns)
    {
        for (var end = _now + ns; _now < end; _now += HandDriven.TickNs)
            Pass();
    }

    private void Pass()
    {
        _core.Sends[0].Gate.BeginPass(_now);
        _core.Ingest.DoWork(_now);
        _core.Feedback!.DoWork(_now);
        _core.Stamp.DoWork(_now);
        _core.Sends[0].DoWork(_now);
    }

    private FakeWire.Datagram[] Nacks() => [.. _rtcp.Sent.Where(datagram => Asked(datagram.Bytes).Length > 0)];

    private int[] Out() => [.. _out.To(9_000).Select(datagram => BinaryPrimitives.ReadInt32BigEndian(datagram.Bytes.AsSpan(datagram.Bytes.Length - 4)))];

    private static int[] Asked(byte[] datagram)
    {
        var numbers = new List<int>();
        Assert.True(RtcpCompound.TryParse(datagram, out var compound));
        foreach (var packet in compound)
            if (GenericNack.TryRead(packet, out var nack))
                foreach (var entry in nack)
                    foreach (var number in entry)
                        numbers.Add(number);
        return [.. numbers];
    }

    private static byte[] Body(int number)
    {
        var body = new byte[20];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(16), number);
        return body;
    }

    private static byte[] Packet(int number)
    {
        var bytes = RtpBytes(number, MediaSsrc);
        Body(number).CopyTo(bytes, RtpHeader.Size);
        return bytes;
    }

    // RFC 4588 §4: header with CSRC list and extension of the original, the original number, the original payload.
    private static byte[] Rtx(int number, bool withExtension = false)
    {
        byte[] between = withExtension ? [0xC5, 0xC5, 0xC5, 0xC5, 0xBE, 0xDE, 0, 1, 0x10, 0xAA, 0, 0] : [];
        byte[] bytes = [.. new byte[RtpHeader.Size], .. between, (byte)(number >> 8), (byte)number, .. Body(number)];
        new RtpHeader(RtxType, Marker: withExtension, (ushort)(40_000 + number), 0, 0xBEEF).Write(bytes);
        if (withExtension)
            bytes[0] |= RtpHeader.ExtensionBit | 1;
        return bytes;
    }
}
