using System.Net;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Tests.Flow.Ingest;

/// <summary>A vacant source that gets a socket while the loops run, gives it back, and gets another one.</summary>
public sealed class SourceAttachmentTests : IDisposable
{
    private const int Feed = 0, Source = 0, Port = 5004;
    private const long ReorderNs = 50_000_000;
    private static readonly DatagramAddress s_sender = DatagramAddress.From(IPAddress.Parse("10.0.0.1"), 5000);

    private readonly EngineCore<FakeSocket> _core;
    private readonly int _slots;
    private MonotonicTime _now = new(1_000_000_000);

    public SourceAttachmentTests()
    {
        var plan = new EnginePlan
        {
            Limits = new EngineLimits { PacketsInFlightMax = 512, FeedWindowPackets = 256 },
            Feeds = [new FeedPlan("relay", PaceMode.Arrival, 0, 0, ReorderNs, 90_000, Stored: false)],
            Sources = [new SourcePlan(Source, Feed, IsRaw: false, null, -1, ReorderNs) { Detects = true }],
        };
        _core = new EngineCore<FakeSocket>(plan, [], null, new EngineClock(0), _now);
        _slots = _core.Ingest.FreeSlotCount;
    }

    public void Dispose() => _core.Dispose();

    [Fact]
    public void AVacantSourceHasNothingToDo()
    {
        _core.Ingest.OnReadable(Source);        // the poller may still have it when it has just been vacated
        Pass();
        Assert.Equal(MonotonicTime.MaxValue, _core.Ingest.NextDeadline);
        Assert.Equal(0, _core.FeedCounters(Feed).Packets);
    }

    [Fact]
    public void ItIsReadFromTheMomentItHasASocket()
    {
        var wire = new FakeWire();
        Arrive(wire, 3, first: 1);
        var attachment = _core.TryAttach(Source, wire.Socket, Port);
        Assert.True(_core.Ingest.NextDeadline < _now);

        Pass(ReorderNs);

        Assert.False(attachment!.IsReleased);
        Assert.Equal(2, _core.FeedCounters(Feed).Packets);      // the first is its probation
    }

    [Fact]
    public void WhatItStillHeldGoesBackWithIt()
    {
        var wire = new FakeWire();
        var attachment = _core.TryAttach(Source, wire.Socket, Port)!;
        Arrive(wire, 2, first: 1);
        Arrive(wire, 3, first: 5);              // held back behind the missing ones
        Pass();
        Assert.True(_core.Ingest.NextDeadline < MonotonicTime.MaxValue);

        Assert.True(_core.TryDetach(attachment));
        Assert.False(attachment.IsReleased);
        Pass();

        Assert.True(attachment.IsReleased);
        Assert.Equal(MonotonicTime.MaxValue, _core.Ingest.NextDeadline);
        Pass(10_000_000_000);
        Assert.Equal(1, _core.FeedCounters(Feed).Packets);
        Assert.Equal(_slots, _core.Ingest.FreeSlotCount);
    }

    [Fact]
    public void TheNextSocketBeginsAnewWithWhateverItCarries()
    {
        var first = new FakeWire();
        var attachment = _core.TryAttach(Source, first.Socket, Port)!;
        Arrive(first, 5, first: 100);
        Pass(ReorderNs);
        _core.TryDetach(attachment);
        Pass();

        var second = new FakeWire();
        var ts = new byte[188];
        ts[0] = 0x47;
        second.Arrive(ts, DatagramAddress.From(IPAddress.Parse("10.9.9.9"), 1), _now.Ns);
        _core.TryAttach(Source, second.Socket, Port);
        Pass(ReorderNs);

        Assert.Equal((1L, 0L), (_core.SourceCounters(Source).Packets, _core.SourceCounters(Source).ForeignSender));
        Assert.Equal((5L, 1L), (_core.FeedCounters(Feed).Packets, _core.FeedCounters(Feed).Discontinuities));
    }

    private void Arrive(FakeWire wire, int count, int first)
    {
        for (var i = 0; i < count; i++)
            wire.Arrive(SourceUnderTest.RtpBytes(first + i), s_sender, _now.Ns);
    }

    private void Pass(long laterNs = 0)
    {
        if (laterNs == 0)
            PassOnce();
        else
        {
            PassOnce();
            _now += laterNs;
            PassOnce();
        }
    }

    private void PassOnce()
    {
        _core.Ingest.DoWork(_now);
        _core.Stamp.DoWork(_now);
        foreach (var send in _core.Sends)
            send.DoWork(_now);
        _core.Stamp.DoWork(_now);
        _core.Ingest.DoWork(_now);
    }
}
