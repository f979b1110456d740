using Sluice.Flow;
using Sluice.Tests.Kit;
using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;
using static Sluice.Tests.Flow.HandDriven;

namespace Sluice.Tests.Flow.Shaping;

/// <summary>Shaped feeds in the whole engine, from datagram in to datagram out, beside a client that gets the stream as it came.</summary>
public class FeedShaperTests
{
    private const long SecondNs = 1_000_000_000;
    private const ushort Plain = 9_000, Shaped = 9_002, ShapedRaw = 9_004;

    private static double TicksPerPacket => 10 * TickNs * 27.0 / 1000 / 7;

    private static HandDriven Start(ShapingPlan shaping, TsSource source)
    {
        var engine = new HandDriven(shaping: shaping) { Payload = () => source.SevenPackets() };
        engine.Join(engine.Spec(Plain));
        engine.Join(engine.Spec(Shaped, feed: 1));
        engine.Join(engine.Spec(ShapedRaw, kind: ClientKind.RawOverUdp, feed: 1));
        return engine;
    }

    private static TsReading Read(HandDriven engine, ushort port, bool isRtp = true)
    {
        var reading = new TsReading();
        foreach (var datagram in engine.Media.To(port))
            reading.Take(datagram.Bytes.AsSpan(isRtp ? RtpHeader.Size : 0));
        return reading;
    }

    private static void AssertNumbersAreWhole(HandDriven engine, ushort port)
    {
        var numbers = engine.Media.To(port).Select(d => RtpHeader.TryRead(d.Bytes, out var header) ? header.SequenceNumber : -1).ToArray();
        Assert.All(numbers.Zip(numbers.Skip(1)), pair => Assert.Equal((ushort)(pair.First + 1), pair.Second));
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(5), InlineData(6)]
    public void DatagramsAreCutAnewAndNothingElseChanges(int tsPackets)
    {
        using var engine = Start(new ShapingPlan(0, tsPackets, false, 0), new TsSource(TicksPerPacket, 40, nullEvery: 10));
        engine.RunFor(2 * SecondNs);
        var (plain, shaped, raw) = (Read(engine, Plain), Read(engine, Shaped), Read(engine, ShapedRaw, isRtp: false));
        Assert.All(engine.Media.To(Shaped), d => Assert.Equal(RtpHeader.Size + tsPackets * TsPacket.Size, d.Bytes.Length));
        Assert.All(engine.Media.To(ShapedRaw), d => Assert.Equal(tsPackets * TsPacket.Size, d.Bytes.Length));
        Assert.Equal(plain.Media.Take(shaped.Media.Count), shaped.Media);
        Assert.Equal(shaped.Media, raw.Media);
        Assert.InRange(plain.Media.Count - shaped.Media.Count, 0, 7);
        Assert.Equal(0, shaped.ContinuityErrors);
        AssertNumbersAreWhole(engine, Shaped);
    }

    [Fact]
    public void NullPacketsGoAndNothingElseDoes()
    {
        using var engine = Start(new ShapingPlan(0, 7, true, 0), new TsSource(TicksPerPacket, 40, nullEvery: 3));
        engine.RunFor(2 * SecondNs);
        var (plain, shaped) = (Read(engine, Plain), Read(engine, Shaped));
        Assert.True(plain.Nulls > 400);
        Assert.Equal((0, 0L), (shaped.Nulls, shaped.ContinuityErrors));
        Assert.Equal(plain.Media.Take(shaped.Media.Count), shaped.Media);
        Assert.InRange(plain.Media.Count - shaped.Media.Count, 0, 7);
        Assert.InRange(engine.Core.ShapingCounters(1)!.NullsRemoved, plain.Nulls, plain.Nulls + 7);
    }

    [Fact]
    public void AConstantRateIsConstantAndExactForRtpAndRawAlike()
    {
        const int Rate = 6_000_000;     // the source has 2 Mbit/s
        using var engine = Start(new ShapingPlan(0, 7, false, Rate), new TsSource(TicksPerPacket, 40, nullEvery: 10));
        engine.RunFor(4 * SecondNs);
        var (plain, shaped, raw) = (Read(engine, Plain), Read(engine, Shaped), Read(engine, ShapedRaw, isRtp: false));
        Assert.True(shaped.WorstPcrError(Rate, TsSource.Video) <= 1.0);
        Assert.Equal(0, shaped.ContinuityErrors);
        Assert.Equal(plain.Media.SkipWhile(m => m != shaped.Media[0]).Take(shaped.Media.Count), shaped.Media);
        Assert.Equal(shaped.Media, raw.Media);
        Assert.True(shaped.Nulls > shaped.Media.Count);
        AssertNumbersAreWhole(engine, Shaped);
        var sent = engine.Media.To(ShapedRaw).ToArray();
        var seconds = (sent[^1].AtNs - sent[0].AtNs) / 1e9;
        Assert.Equal(Rate, (sent.Length - 1) * 7 * TsPacket.Size * 8 / seconds, Rate * 0.005);
        // 90 kHz timestamps follow the instants of sending.
        var stamps = engine.Media.To(Shaped).Select(d => RtpHeader.TryRead(d.Bytes, out var header) ? header.Timestamp : 0).ToArray();
        Assert.Equal(7 * TsPacket.Size * 8 * 90_000.0 / Rate, (uint)(stamps[^1] - stamps[0]) / (double)(stamps.Length - 1), 0.5);
    }

    [Fact]
    public void AHoleInTheSourceIsAHoleInTheShapedNumbers()
    {
        using var engine = Start(new ShapingPlan(0, 3, false, 0), new TsSource(TicksPerPacket, 40));
        engine.RunFor(SecondNs);
        engine.SkipPackets(2);
        engine.RunFor(SecondNs);
        foreach (var port in new[] { Plain, Shaped })
        {
            var numbers = engine.Media.To(port).Select(d => RtpHeader.TryRead(d.Bytes, out var header) ? header.SequenceNumber : -1).ToArray();
            Assert.Equal([3], numbers.Zip(numbers.Skip(1), (a, b) => (ushort)(b - a)).Where(step => step != 1).Select(step => (int)step));
        }
    }

    [Fact]
    public void WhatIsNoTransportStreamIsCountedAndNotSent()
    {
        using var engine = new HandDriven(shaping: new ShapingPlan(0, 7, false, 0));
        engine.Join(engine.Spec(Shaped, feed: 1));
        engine.RunFor(SecondNs);
        Assert.Empty(engine.Media.To(Shaped));
        Assert.True(engine.Core.ShapingCounters(1)!.NotTransportStream > 100);
    }

    [Fact]
    public void TheTailOfAStreamThatStopsLeavesAfterAMoment()
    {
        using var engine = Start(new ShapingPlan(0, 5, false, 0), new TsSource(TicksPerPacket, 40));
        engine.RunFor(SecondNs);
        engine.IntervalNs = 0;
        engine.RunFor(SecondNs);
        Assert.Equal(Read(engine, Plain).Media, Read(engine, Shaped).Media);
    }

    [Fact]
    public void ClientsComeAndGoAndEverySlotComesBack()
    {
        using var engine = new HandDriven(shaping: new ShapingPlan(0, 1, false, 0)) { Payload = new TsSource(TicksPerPacket, 40).SevenPackets };
        for (var round = 0; round < 30; round++)
        {
            var seat = engine.Join(engine.Spec(Shaped, feed: 1));
            engine.RunFor(SecondNs);
            engine.Core.Desk.Remove(seat);
            engine.RunFor(SecondNs);
        }
        Assert.Equal(0, engine.Core.ShapingCounters(1)!.SlotsFull);
        Assert.InRange(Read(engine, Shaped).Media.Count, 30 * 1_300, 30 * 1_340);
    }

    [Fact]
    public void ShapingAllocatesNothing()
    {
        var source = new TsSource(TicksPerPacket, 40, nullEvery: 10);
        var ready = Enumerable.Range(0, 2_000).Select(_ => source.SevenPackets()).ToArray();
        var next = 0;
        using var engine = new HandDriven(shaping: new ShapingPlan(0, 7, false, 6_000_000)) { Payload = () => ready[next++ % ready.Length] };
        engine.Source.Records = engine.Media.Records = engine.Reports.Records = false;
        engine.Join(engine.Spec(Shaped, feed: 1));
        engine.RunFor(2 * SecondNs);
        Assert.Equal(0, Allocations.Of(() => engine.RunFor(SecondNs)));
        Assert.True(engine.Media.SentCount > 1_000);
    }
}
