using Sluice.Flow;
using Sluice.Linux;
using Sluice.Tests.Kit;
using Sluice.Wire.RandomAccess;
using Sluice.Wire.Rtp;
using static Sluice.Tests.Flow.HandDriven;

namespace Sluice.Tests.Flow;

/// <summary>Clients that begin at a random access point and catch up, through all loops.</summary>
public class InstantStartTests
{
    private const long SecondNs = 1_000_000_000;
    private const int Gop = 400;                // of packets every 5 ms: two seconds
    private const double Rate = 1.3;

    private static readonly StartPlan H264 = new(AccessCodec.H264, 4 * SecondNs, Rate);
    private static readonly StartPlan MpegTs = new(AccessCodec.MpegTs, 4 * SecondNs, Rate);
    private static EngineLimits Limits => Small with { PacketsInFlightMax = 2_048, FeedWindowPackets = 4_096 };

    /// <summary>
    /// The model: whatever phase, delay, grouping and jitter of the source, a client begins with an access point at once, gets every
    /// packet once and in order, never faster than the rate, never before its time, and ends in its place.
    /// </summary>
    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void CatchesUpWithoutGapRepeatOrHaste(int seed)
    {
        var random = new Random(seed);
        var quantumNs = random.Next(3) * 16 * TickNs;
        using var engine = new HandDriven(quantumNs, Limits, start: H264) { Fill = GopStream.H264(Gop) };
        Run(engine, random, 5 * SecondNs);
        for (var i = 0; i < 6; i++)
        {
            var delayNs = random.Next(2) * random.NextInt64(SecondNs / 2);
            var port = (ushort)(9_000 + 2 * i);
            engine.Join(engine.Spec(port, delayNs, instant: true), (ushort)(65_530 + i), 7_000);
            var joinNs = engine.Now.Ns;
            Run(engine, random, SecondNs + random.NextInt64(SecondNs));
            Assert.InRange(engine.Media.To(port).First().AtNs - joinNs, 0, 2 * TickNs);
        }
        Run(engine, random, 9 * SecondNs);
        for (var i = 0; i < 6; i++)
            CheckPath(engine, (ushort)(9_000 + 2 * i), (ushort)(65_530 + i), quantumNs, seed);
        Assert.Equal((6, 6, 0, 0), Starts(engine));
        Assert.Equal(0, engine.Send.Counters.LateDropped + engine.Send.Counters.WindowOverrun);
    }

    private static void CheckPath(HandDriven engine, ushort port, ushort firstSequence, long quantumNs, int seed)
    {
        var sent = engine.Media.To(port).Select(datagram => (Number: GopStream.NumberOf(datagram.Bytes), datagram.AtNs, datagram.Bytes)).ToArray();
        Assert.True(GopStream.IsH264Access(sent[0].Number, Gop), $"seed {seed}: began with packet {sent[0].Number}");
        for (var n = 0; n < sent.Length; n++)
        {
            Assert.Equal(sent[0].Number + n, sent[n].Number);
            Assert.True(RtpHeader.TryRead(sent[n].Bytes, out var header));
            Assert.Equal(((ushort)(firstSequence + n), 7_000u + (uint)(n * 900)), (header.SequenceNumber, header.Timestamp));
        }
        // Any stretch of 100 ms: so much media and no more, but for what leaves together.
        for (int from = 0, to = 0; to < sent.Length; to++)
        {
            for (; sent[to].AtNs - sent[from].AtNs > SecondNs / 10; from++) ;
            var mediaNs = engine.Arrivals[sent[to].Number] - engine.Arrivals[sent[from].Number];
            Assert.InRange(mediaNs, 0, (long)(Rate * (sent[to].AtNs - sent[from].AtNs)) + quantumNs + 3 * TickNs);
        }
        var lags = sent.Select(packet => packet.AtNs - engine.Arrivals[packet.Number]).ToArray();
        var delayNs = lags.Min();
        Assert.True(lags[0] > delayNs + quantumNs + TickNs);
        // In its place after as long as the rate needs for what it was behind, and from then on for good.
        var behindNs = lags[0] - delayNs;
        var metNs = sent[0].AtNs + (long)(behindNs / (Rate - 1)) + SecondNs / 50;
        Assert.All(sent.Where(packet => packet.AtNs > metNs), packet =>
            Assert.InRange(packet.AtNs - engine.Arrivals[packet.Number] - delayNs, 0, quantumNs + 2 * TickNs));
    }

    [Fact]
    public void TablesThatLieBeforeTheAccessPointGoFirst()
    {
        using var engine = new HandDriven(16 * TickNs, Limits, start: MpegTs) { Fill = GopStream.Ts(Gop, tables: 60) };
        Run(engine, new Random(1), 5 * SecondNs);
        engine.Join(engine.Spec(9_000, 100_000_000, instant: true), 65_535, 5_000);
        Run(engine, new Random(2), SecondNs);
        var sent = engine.Media.To(9_000).ToArray();
        var (tables, access) = (GopStream.NumberOf(sent[0].Bytes), GopStream.NumberOf(sent[1].Bytes));
        Assert.True(tables % 60 == 0 && GopStream.IsTsAccess(access, Gop) && access - tables is > 0 and <= 60, $"{tables}, {access}");
        Assert.Equal(Enumerable.Range(access, sent.Length - 1), sent.Skip(1).Select(datagram => GopStream.NumberOf(datagram.Bytes)));
        var headers = sent.Select(datagram => RtpHeader.TryRead(datagram.Bytes, out var header) ? header : default).ToArray();
        Assert.Equal(Enumerable.Range(0, sent.Length).Select(n => (ushort)(65_535 + n)), headers.Select(header => header.SequenceNumber));
        Assert.Equal((5_000u, 5_000u, 5_900u), (headers[0].Timestamp, headers[1].Timestamp, headers[2].Timestamp));
    }

    [Fact]
    public void ARawClientGetsTablesAndAccessPointToo()
    {
        using var engine = new HandDriven(0, Limits, start: MpegTs) { Fill = GopStream.Ts(Gop, tables: 60) };
        Run(engine, new Random(1), 5 * SecondNs);
        engine.Join(engine.Spec(9_000, kind: ClientKind.RawOverUdp, instant: true));
        engine.RunFor(SecondNs / 10);
        var sent = engine.Media.To(9_000).ToArray();
        var access = GopStream.NumberOf(sent[1].Bytes);
        Assert.True(sent[0].Bytes.Length == PayloadBytes && GopStream.IsTsAccess(access, Gop) && GopStream.NumberOf(sent[0].Bytes) % 60 == 0);
    }

    [Fact]
    public void AFramedClientDoesTheSame()
    {
        using var engine = new HandDriven(0, Limits, start: H264) { Fill = GopStream.H264(Gop) };
        Run(engine, new Random(1), 5 * SecondNs);
        var frames = new FrameRing(1 << 18);
        engine.Join(engine.Spec(9_000, kind: ClientKind.RtpFramed, frames: frames, instant: true), 77);
        engine.RunFor(SecondNs / 10);
        const int Frame = 4 + RtpHeader.Size + PayloadBytes;
        var first = frames.Peek()[4..Frame];
        Assert.True(GopStream.IsH264Access(GopStream.NumberOf(first), Gop) && RtpHeader.TryRead(first, out var header) && header.SequenceNumber == 77);
        Assert.InRange(frames.Count / Frame, 20, (int)(Rate * 20) + 3);
    }

    [Fact]
    public void WithoutAnAccessPointOrWhereItIsOffClientsStartLive()
    {
        foreach (var (plan, fill) in new[] { (H264, (Action<int, Span<byte>>)((_, payload) => payload.Clear())), (null, GopStream.H264(Gop)) })
        {
            using var engine = new HandDriven(0, Limits, start: plan) { Fill = fill };
            Run(engine, new Random(1), 5 * SecondNs);
            var next = engine.NextPacket;
            engine.Join(engine.Spec(9_000, 50 * TickNs, instant: true));
            engine.RunFor(SecondNs);
            Assert.InRange(GopStream.NumberOf(engine.Media.To(9_000).First().Bytes), next, next + 1);
            Assert.Equal((0, 0, plan is null ? 0 : 1, 0), Starts(engine));
        }
    }

    [Fact]
    public void BeforeTheFirstGopIsOldEnoughItIsWaitedFor()
    {
        using var engine = new HandDriven(0, Limits, start: H264) { Fill = GopStream.H264(Gop), IntervalNs = SecondNs / 200 };
        engine.RunFor(SecondNs / 10);
        engine.Join(engine.Spec(9_000, SecondNs / 2, instant: true));
        engine.RunFor(SecondNs);
        var first = engine.Media.To(9_000).First();
        // The source's very first packet only makes it known (RFC 3550 A.1), so the picture begins with the second.
        Assert.Equal(1, GopStream.NumberOf(first.Bytes));
        Assert.InRange(first.AtNs - engine.Arrivals[1] - SecondNs / 2, 0, 2 * TickNs);
    }

    [Fact]
    public void PauseAndPlayBeginsAtAnAccessPointAgain()
    {
        using var engine = new HandDriven(0, Limits, start: H264) { Fill = GopStream.H264(Gop) };
        Run(engine, new Random(1), 5 * SecondNs);
        var spec = engine.Spec(9_000, 50 * TickNs, instant: true);
        var seat = engine.Join(spec, 100, 1_000);
        Run(engine, new Random(1), SecondNs);       // paused on its way
        engine.Core.Desk.Pause(seat);
        Run(engine, new Random(1), 2 * SecondNs);
        var before = engine.Media.Sent.Count;
        Assert.True(engine.Core.Desk.TryPlay(seat, spec, (ushort)spec.Progress.NextSequence, 77));
        Run(engine, new Random(1), 10 * SecondNs);
        Assert.True(GopStream.IsH264Access(GopStream.NumberOf(engine.Media.Sent[before].Bytes), Gop));
        Assert.True(RtpHeader.TryRead(engine.Media.Sent[before].Bytes, out var resumed));
        Assert.Equal(((ushort)(100 + before), 77u), (resumed.SequenceNumber, resumed.Timestamp));
        Assert.Equal((2, 1, 0, 0), Starts(engine));
    }

    [Fact]
    public void WhatAFullSocketOrAStallHeldBackIsNotMadeUpForInABurst()
    {
        using var engine = new HandDriven(0, Limits with { BlockedBoundNs = SecondNs }, start: H264)
        {
            Fill = GopStream.H264(Gop), IntervalNs = SecondNs / 200,
        };
        engine.RunFor(5 * SecondNs);
        engine.Join(engine.Spec(9_000, 50 * TickNs, instant: true));
        engine.RunFor(SecondNs / 2);
        engine.Media.Script(9_000, [.. Enumerable.Repeat(Errno.EAGAIN, 1_000_000)]);
        engine.RunFor(SecondNs / 5);
        engine.Media.Script(9_000);
        engine.RunFor(SecondNs / 2);
        engine.Stall(SecondNs / 5);
        engine.RunFor(10 * SecondNs);
        var sent = engine.Media.To(9_000).Select(datagram => (Number: GopStream.NumberOf(datagram.Bytes), datagram.AtNs)).ToArray();
        Assert.Equal(Enumerable.Range(sent[0].Number, sent.Length), sent.Select(packet => packet.Number));
        for (var i = 20; i < sent.Length; i++)
            Assert.True(sent[i].AtNs - sent[i - 20].AtNs >= 18 * SecondNs / 200 / Rate - 12_000_000, $"packets {sent[i - 20].Number} to {sent[i].Number}");
        Assert.Equal((1, 1, 0, 0), Starts(engine));
    }

    [Fact]
    public void HistoryGivesWayBeforePlayingClientsLoseASlot()
    {
        // A long delay at a high rate needs more than half of the slots: what starting clients might want is let go.
        var limits = Small with { PacketsInFlightMax = 1_024, FeedWindowPackets = 4_096 };
        using var engine = new HandDriven(0, limits, start: H264 with { WindowNs = SecondNs / 2 })
        {
            Fill = GopStream.H264(600), IntervalNs = SecondNs / 1_000,
        };
        engine.Join(engine.Spec(9_000, 1_200_000_000));
        engine.RunFor(3 * SecondNs);
        engine.Join(engine.Spec(9_002, 0, instant: true));
        engine.RunFor(4 * SecondNs);
        Assert.Equal(0, engine.Core.SourceCounters(0).SlabFull + engine.Core.FeedCounters(0).WindowFull);
        var sent = engine.Media.To(9_000).Select(datagram => GopStream.NumberOf(datagram.Bytes)).ToArray();
        Assert.Equal(Enumerable.Range(sent[0], sent.Length), sent);
        // The one that came on the way is in its place, with a gap if its packets went.
        var other = engine.Media.To(9_002).ToArray();
        Assert.InRange(other[^1].AtNs - engine.Arrivals[GopStream.NumberOf(other[^1].Bytes)], 0, 2 * TickNs);
    }

    [Fact]
    public void AClientWhosePacketsAreGoneGoesToItsPlaceWithAGap()
    {
        using var engine = new HandDriven(0, Limits, start: H264 with { WindowNs = 3 * SecondNs / 2 })
        {
            Fill = GopStream.H264(Gop), IntervalNs = SecondNs / 200,
        };
        engine.RunFor(5 * SecondNs);
        engine.Join(engine.Spec(9_000, 50 * TickNs, instant: true), 9, 9);
        engine.RunFor(SecondNs / 10);
        // Forty times the rate: its share of history now holds less than it is behind.
        engine.IntervalNs = SecondNs / 8_000;
        engine.RunFor(6 * SecondNs);
        Assert.Equal((1, 1, 0, 1), Starts(engine));
        var sent = engine.Media.To(9_000).Select(datagram => (Number: GopStream.NumberOf(datagram.Bytes), datagram)).ToArray();
        for (var n = 1; n < sent.Length; n++)
        {
            Assert.True(RtpHeader.TryRead(sent[n].datagram.Bytes, out var header));
            Assert.Equal((ushort)(9 + sent[n].Number - sent[0].Number), header.SequenceNumber);
        }
        Assert.InRange(sent[^1].datagram.AtNs - engine.Arrivals[sent[^1].Number], 0, 51 * TickNs);
    }

    [Fact]
    public void EverySlotComesBackInTime()
    {
        using var engine = new HandDriven(16 * TickNs, Limits, start: H264) { Fill = GopStream.H264(Gop), IntervalNs = TickNs };
        engine.Media.Records = false;
        for (var i = 0; i < 20; i++)
        {
            engine.Join(engine.Spec((ushort)(9_000 + 2 * i), i * 10_000_000, instant: true));
            engine.RunFor(SecondNs / 2);
        }
        Assert.Equal(0, engine.Core.FeedCounters(0).WindowFull + engine.Core.SourceCounters(0).SlabFull + engine.Core.SourceCounters(0).HandOverFull);
    }

    [Fact]
    public void CatchingUpAllocatesNothing()
    {
        using var engine = new HandDriven(16 * TickNs, Limits, start: MpegTs) { Fill = GopStream.Ts(Gop, tables: 60), IntervalNs = SecondNs / 200 };
        engine.Source.Records = engine.Media.Records = engine.Reports.Records = false;
        engine.RunFor(5 * SecondNs);
        for (var i = 0; i < 200; i++)
            engine.Join(engine.Spec((ushort)(9_000 + 2 * i), i * 2_000_000, instant: true));
        var before = engine.Send.Counters.CaughtUp;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var pass = 0; pass < 50; pass++)
                engine.Step();
        }));
        engine.RunFor(8 * SecondNs);
        Assert.Equal((200, before + 200, 0, 0), Starts(engine));
    }

    private static (long, long, long, long) Starts(HandDriven engine)
    {
        var counters = engine.Send.Counters;
        return (counters.InstantStarts, counters.CaughtUp, counters.LiveStarts, counters.LostPlace);
    }

    // A source whose packets come every 5 ms on the average, now closer, now farther apart.
    private static void Run(HandDriven engine, Random random, long ns)
    {
        for (var end = engine.Now + ns; engine.Now < end;)
        {
            engine.IntervalNs = SecondNs / 400 + random.NextInt64(SecondNs / 200);
            engine.RunFor(SecondNs / 50);
        }
    }
}
