using System.Net;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Tests.Kit;
using static Sluice.Tests.Flow.Ingest.SourceUnderTest;

namespace Sluice.Tests.Flow.Ingest;

/// <summary>Packets that came over a stream connection: the way of a datagram, the same judgement, their own ring.</summary>
public class PacketInletTests : IDisposable
{
    private static readonly DatagramAddress s_camera = DatagramAddress.From(IPAddress.Parse("10.0.0.9"), 554);

    private readonly FakeWire[] _sockets = [new(), new()];
    private readonly EngineCore<FakeSocket> _core;
    private MonotonicTime _now = new(1_000_000_000);

    public PacketInletTests() => _core = new EngineCore<FakeSocket>(
        new EnginePlan
        {
            Limits = HandDriven.Small with { InletBytes = 8_192 },
            Feeds = [.. new[] { 90_000, 48_000 }.Select(rate => new FeedPlan("film", PaceMode.Arrival, 0, 0, 0, rate, Stored: false))],
            Sources = [.. new[] { 0, 1 }.Select(i => new SourcePlan(i, i, false, null, -1, 0) { Inlet = 0 })],
        },
        [.. _sockets.Select(wire => wire.Socket)], null, new EngineClock(0), _now);

    private PacketInlet Inlet => _core.Ingest.Inlets[0];

    public void Dispose()
    {
        _core.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void PacketsOfTwoTracksReachTheirFeeds()
    {
        Bind();
        for (var i = 0; i < 20; i++)
            Assert.True(Inlet.TryOffer(i % 2, s_camera, RtpBytes(i / 2, payloadType: (byte)(96 + i % 2), ssrc: (uint)(7 + i % 2)), _now));
        Work();
        Assert.Equal((9, 9), (_core.FeedCounters(0).Packets, _core.FeedCounters(1).Packets));
        Assert.Equal((1, 1), (_core.SourceCounters(0).Probation, _core.SourceCounters(1).Probation));
        Assert.Equal(s_camera, _core.SenderOf(0).Sender);
    }

    [Fact]
    public void WhatASocketWouldRefuseIsRefusedAndCountedTheSame()
    {
        Assert.True(Inlet.TryOffer(0, s_camera, RtpBytes(1, payloadType: 96), _now));
        Bind();
        Inlet.TryOffer(0, s_camera, [1, 2, 3], _now);
        Inlet.TryOffer(0, Mallory, RtpBytes(1, payloadType: 96), _now);
        Inlet.TryOffer(0, s_camera, RtpBytes(1, payloadType: 98), _now);
        Inlet.TryOffer(0, s_camera, new byte[2_000], _now);
        Work();
        var counters = _core.SourceCounters(0);
        Assert.Equal((2, 1, 1, 1, 0), (counters.ForeignSender, counters.Malformed, counters.WrongPayloadType, counters.Oversize, counters.Packets));
    }

    [Fact]
    public void ADatagramOfSomebodyElseIsNotHeardBesideAStreamConnection()
    {
        Bind();
        Work();
        _sockets[0].Arrive(RtpBytes(1, payloadType: 96), s_camera.WithPort(5_000), _now.Ns);
        _core.Ingest.OnReadable(0);
        Work();
        Assert.Equal(1, _core.SourceCounters(0).ForeignSender);
    }

    [Fact]
    public void AFullRingRefusesAndGoesOnWhenItWasEmptied()
    {
        Bind();
        var sequence = 0;
        while (Inlet.TryOffer(0, s_camera, RtpBytes(sequence, payloadType: 96, payload: 500), _now))
            sequence++;
        Assert.Equal(1, Inlet.Full);
        Work();
        Assert.False(_core.Ingest.HasInput);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.True(Inlet.TryOffer(0, s_camera, RtpBytes(++sequence, payloadType: 96, payload: i), _now));
            Work();
        }
        Assert.Equal(sequence - 1, _core.SourceCounters(0).Packets);
        Assert.Equal(1, _core.SourceCounters(0).Lost);
    }

    [Fact]
    public void AnOfferWakesTheSleepingLoop()
    {
        _core.Ingest.AnnounceSleep();
        Assert.False(_core.Ingest.HasInput);
        Bind();
        Assert.False(_core.Ingest.Gate.IsAsleep);
        Assert.True(_core.Ingest.HasInput);
        Assert.Equal(0, _core.Ingest.NextDeadline.Ns);
    }

    [Fact]
    public void TheWayThroughIngestAllocatesNothing()
    {
        Bind();
        var packet = RtpBytes(0, payloadType: 96);
        var sequence = 0;
        Offer();
        Assert.Equal(0, Allocations.Of(Offer));

        void Offer()
        {
            for (var i = 0; i < 100; i++)
            {
                new Sluice.Wire.Rtp.RtpHeader(96, false, (ushort)sequence++, 0, 7).Write(packet);
                Inlet.TryOffer(0, s_camera, packet, _now);
                Work();
            }
        }
    }

    private void Bind()
    {
        Assert.True(Inlet.TryBind(0, s_camera, 96));
        Assert.True(Inlet.TryBind(1, s_camera, 97));
    }

    private void Work()
    {
        _now += 1_000_000_000;
        _core.Sends[0].Gate.BeginPass(_now);
        _core.Ingest.DoWork(_now);
        _core.Stamp.DoWork(_now);
    }
}
