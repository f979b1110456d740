using System.Buffers.Binary;
using Sluice.Flow;
using Sluice.Wire.Rtp;
using static Sluice.Tests.Flow.HandDriven;

namespace Sluice.Tests.Flow.Replay;

/// <summary>Replays in a whole engine, from a source of packets to datagrams.</summary>
public class ReplayLoopTests
{
    private const long SecondNs = 1_000_000_000, MsNs = 1_000_000;
    private const ushort Port = 9_000;

    [Theory, InlineData(0), InlineData(32 * TickNs)]
    public void EveryPacketLeavesAtItsOwnTimePlusTheShiftAndTheClientsDelay(long quantumNs)
    {
        using var engine = new HandDriven(quantumNs, replays: 2);
        var source = new FakeReplay(engine.Now.Ns - (5 * SecondNs), 3 * MsNs);
        var ticket = Open(engine, source, shiftNs: 5_500 * MsNs);
        engine.Join(engine.Spec(Port, 20 * MsNs, feed: ticket.Feed), firstSequence: 700, firstTimestamp: 70);
        engine.RunFor(3 * SecondNs);
        var sent = engine.Media.To(Port).ToArray();
        Assert.InRange(sent.Length, 820, 840);
        for (var i = 0; i < sent.Length; i++)
        {
            Assert.Equal(i, Number(sent[i]));
            Assert.True(RtpHeader.TryRead(sent[i].Bytes, out var header));
            Assert.Equal(((ushort)(700 + i), (uint)(70 + i * 900)), (header.SequenceNumber, header.Timestamp));
            Assert.InRange(sent[i].AtNs - source.MediaNs(i) - (5_520 * MsNs), 0, quantumNs + (2 * TickNs));
        }
        Assert.Equal(0, ticket.Counters.ReadLate + ticket.Counters.NoRoom + engine.Send.Counters.LateDropped);
        Assert.InRange(ticket.Counters.SlackMinNs, 100 * MsNs, 300 * MsNs);
    }

    [Fact]
    public void OnTheGridOfAnotherFeedTheTrainsAreTheSame()
    {
        const long offsetNs = 2_345_678_901;
        using var engine = new HandDriven(quantumNs: 32 * TickNs, replays: 1);
        var source = new FakeReplay(engine.Now.Ns, 10 * TickNs);        // the hand's own packets, as if they had been kept
        var grid = engine.Core.GridOf(0);
        var plan = new ReplayPlan { ClockRate = 90_000, ShiftNs = offsetNs, Grid = grid with { LineNs = grid.LineNs + offsetNs } };
        Assert.True(engine.Core.Replays.TryOpen(source, plan, out var ticket));
        engine.Join(engine.Spec(Port, feed: ticket.Feed));
        engine.Join(engine.Spec(Port + 2));
        engine.RunFor(4 * SecondNs);
        var live = engine.Media.To(Port + 2).ToDictionary(Number);
        var offset = engine.Media.To(Port).Where(datagram => live.ContainsKey(Number(datagram))).ToArray();
        Assert.InRange(offset.Length, 290, 320);
        Assert.All(offset, datagram => Assert.InRange(datagram.AtNs - live[Number(datagram)].AtNs - offsetNs, -2 * TickNs, 2 * TickNs));
        Assert.All(offset, datagram => Assert.Equal(live[Number(datagram)].InMessageOf, datagram.InMessageOf));
    }

    [Fact]
    public void WithoutAShiftTheFirstPacketWaitsForItsClient()
    {
        using var engine = new HandDriven(replays: 1);
        var source = new FakeReplay(0, 3 * MsNs);
        var ticket = Open(engine, source);
        engine.RunFor(SecondNs);
        Assert.Equal((0, null), (source.Next, ticket.Counters.ShiftNs));
        var joinedNs = engine.Now.Ns;
        engine.Join(engine.Spec(Port, feed: ticket.Feed));
        engine.RunFor(SecondNs);
        var sent = engine.Media.To(Port).ToArray();
        Assert.Equal(Enumerable.Range(0, sent.Length), sent.Select(Number));
        Assert.InRange(sent[0].AtNs - joinedNs, 0, 60 * MsNs);
        Assert.Equal(0, engine.Send.Counters.LateDropped);
    }

    [Fact]
    public void ARateCompressesTheLineOfTime()
    {
        using var engine = new HandDriven(replays: 1);
        Assert.True(engine.Core.Replays.TryOpen(new FakeReplay(0, 8 * MsNs), new ReplayPlan { ClockRate = 90_000, Rate = 4 }, out var ticket));
        engine.Join(engine.Spec(Port, feed: ticket.Feed));
        engine.RunFor(SecondNs);
        var sent = engine.Media.To(Port).ToArray();
        Assert.InRange(sent[^1].AtNs - sent[0].AtNs, (sent.Length - 1) * 2 * MsNs - 2 * TickNs, (sent.Length - 1) * 2 * MsNs + 2 * TickNs);
        Assert.InRange(sent.Length, 450, 500);
    }

    [Fact]
    public void WhatIsNotThereYetIsSentWhenItComes()
    {
        using var engine = new HandDriven(replays: 1);
        var source = new FakeReplay(engine.Now.Ns, 3 * MsNs) { Written = 100 };
        var ticket = Open(engine, source, shiftNs: 2 * SecondNs);
        engine.Join(engine.Spec(Port, feed: ticket.Feed));
        engine.RunFor(2_290 * MsNs);
        Assert.Equal(97, engine.Media.To(Port).Count(), tolerance: 2);
        source.Written = int.MaxValue;
        engine.RunFor(SecondNs);
        var sent = engine.Media.To(Port).Select(Number).ToArray();
        Assert.Equal(Enumerable.Range(0, sent.Length), sent);
        Assert.InRange(sent.Length, 420, 440);
    }

    [Fact]
    public void TheEndIsToldOnceWhenTheLastPacketHasLeft()
    {
        using var engine = new HandDriven(replays: 1);
        var told = new List<int>();
        var plan = new ReplayPlan { ClockRate = 90_000, OnEnded = () => told.Add(engine.Media.To(Port).Count()) };
        Assert.True(engine.Core.Replays.TryOpen(new FakeReplay(0, 5 * MsNs, count: 100), plan, out var ticket));
        engine.Join(engine.Spec(Port, 300 * MsNs, feed: ticket.Feed));
        engine.RunFor(2 * SecondNs);
        Assert.Equal([100], told);
        Assert.True(ticket.Counters.HasEnded);
    }

    [Fact]
    public void APayloadThatFitsNoSlotIsCountedAndTheRestGoesOn()
    {
        using var engine = new HandDriven(replays: 1);
        var source = new FakeReplay(0, 5 * MsNs) { PayloadBytes = 9_000 };
        var ticket = Open(engine, source);
        engine.Join(engine.Spec(Port, feed: ticket.Feed));
        source.Written = 10;
        engine.RunFor(SecondNs);
        Assert.Equal(10, ticket.Counters.TooLong);
        (source.PayloadBytes, source.Written) = (PayloadBytes, 20);
        engine.RunFor(SecondNs);
        Assert.Equal(Enumerable.Range(10, 10), engine.Media.To(Port).Select(Number));
    }

    [Fact]
    public void WhoComesToTheSameRecordSoonHasItWithoutReading()
    {
        using var engine = new HandDriven(quantumNs: 32 * TickNs, replays: 3);
        var sources = Enumerable.Range(0, 3).Select(_ => new FakeReplay(engine.Now.Ns, 3 * MsNs) { Epoch = 7 }).ToArray();
        for (var i = 0; i < 3; i++)
        {
            // The third is so far behind that nobody has the record any more.
            var ticket = Open(engine, sources[i], shiftNs: (i == 2 ? 2_000 : 500 + (60 * i)) * MsNs);
            engine.Join(engine.Spec((ushort)(Port + 2 * i), feed: ticket.Feed));
        }
        engine.RunFor(4 * SecondNs);
        Assert.All(Enumerable.Range(0, 3), i =>
        {
            var sent = engine.Media.To((ushort)(Port + 2 * i)).ToArray();
            Assert.InRange(sent.Length, 600, 1_300);
            Assert.Equal(Enumerable.Range(0, sent.Length), sent.Select(Number));
        });
        Assert.Equal((0, sources[2].Next), (sources[1].Reads, sources[2].Reads));
        Assert.InRange(sources[0].Reads, sources[0].Next - 1, sources[0].Next);     // the third may have looked at the first record before
    }

    [Fact]
    public void AWindowGrowsAsFarAsItMay()
    {
        using var engine = new HandDriven(replays: 1);
        var source = new FakeReplay(0, MsNs / 2);      // 2,000 packets a second, 0.8 s of them kept
        var ticket = Open(engine, source);
        engine.Join(engine.Spec(Port, 400 * MsNs, feed: ticket.Feed));
        engine.RunFor(2 * SecondNs);
        var sent = engine.Media.To(Port).ToArray();
        Assert.InRange(sent.Length, 3_000, 3_200);
        Assert.Equal(Enumerable.Range(0, sent.Length), sent.Select(Number));
        Assert.Equal(0, engine.Send.Counters.LateDropped + ticket.Counters.ReadLate);
    }

    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void PlacesAndSlotsComeBackHoweverReplaysComeAndGo(int seed)
    {
        var random = new Random(seed);
        using var engine = new HandDriven(quantumNs: 16 * TickNs, replays: 3);
        var open = new List<(ReplayTicket Ticket, FakeReplay Source, List<ClientSeat> Seats)>();
        var opened = 0;
        for (var step = 0; step < 600; step++)
        {
            if (open.Count < 3 && random.Next(8) == 0)
            {
                var source = new FakeReplay(random.Next(), random.Next(1, 8) * MsNs, random.Next(2) == 0 ? int.MaxValue : random.Next(300))
                {
                    Epoch = (ulong)random.Next(2),
                };
                if (engine.Core.Replays.TryOpen(source, new ReplayPlan { ClockRate = 90_000 }, out var ticket))
                    open.Add((ticket, source, []));
                opened += open.Exists(one => one.Source == source) ? 1 : 0;
            }
            foreach (var one in open)
                if (one.Seats.Count < 4 && random.Next(6) == 0)
                    one.Seats.Add(engine.Join(engine.Spec((ushort)(10_000 + one.Ticket.Number), random.Next(200) * MsNs, feed: one.Ticket.Feed)));
            if (open.Count > 0 && random.Next(12) == 0)
                Leave(random.Next(open.Count));
            engine.RunFor(random.Next(1, 60) * MsNs);
        }
        while (open.Count > 0)
            Leave(0);
        engine.RunFor(SecondNs);
        Assert.InRange(opened, 20, 200);
        // All three can be had again, and each has all the slots it wants.
        var last = Enumerable.Range(0, 3).Select(i => Open(engine, new FakeReplay(0, 2 * MsNs))).ToArray();
        foreach (var ticket in last)
            engine.Join(engine.Spec((ushort)(11_000 + ticket.Number), feed: ticket.Feed));
        engine.RunFor(2 * SecondNs);
        Assert.All(last, ticket => Assert.InRange(engine.Media.To((ushort)(11_000 + ticket.Number)).Count(), 950, 1_000));
        Assert.Equal(0, engine.Send.Counters.WindowOverrun);

        void Leave(int i)
        {
            foreach (var seat in open[i].Seats)
                engine.Core.Desk.Remove(seat);
            engine.Core.Replays.Close(open[i].Ticket);
            engine.Core.Replays.Close(open[i].Ticket);      // the second time nothing happens
            engine.Step();
            Assert.True(open[i].Source.IsDisposed);
            open.RemoveAt(i);
        }
    }

    [Fact]
    public void OnlySoManyCanBeOpenAndARefusedSourceStaysItsOwners()
    {
        using var engine = new HandDriven(replays: 1);
        Open(engine, new FakeReplay(0, MsNs));
        var second = new FakeReplay(0, MsNs);
        Assert.False(engine.Core.Replays.TryOpen(second, new ReplayPlan { ClockRate = 90_000 }, out _));
        engine.Step();
        Assert.False(second.IsDisposed);
    }

    private static ReplayTicket Open(HandDriven engine, FakeReplay source, long? shiftNs = null)
    {
        Assert.True(engine.Core.Replays.TryOpen(source, new ReplayPlan { ClockRate = 90_000, ShiftNs = shiftNs }, out var ticket));
        return ticket;
    }

    private static int Number(FakeWire.Datagram datagram) => BinaryPrimitives.ReadInt32BigEndian(datagram.Bytes.AsSpan(RtpHeader.Size));
}
