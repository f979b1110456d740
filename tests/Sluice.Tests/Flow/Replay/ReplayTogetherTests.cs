using System.Buffers.Binary;
using Sluice.Flow;
using Sluice.Wire.Rtp;
using static Sluice.Tests.Flow.HandDriven;

namespace Sluice.Tests.Flow.Replay;

/// <summary>Picture and sound of one session, each a replay: as far apart as they were, and begun when both have their client.</summary>
public class ReplayTogetherTests
{
    private const long SecondNs = 1_000_000_000, MsNs = 1_000_000;
    private const ushort Picture = 9_000, Sound = 9_002;

    [Fact]
    public void BothHaveOneShiftWhicheverClientComesFirst()
    {
        using var engine = new HandDriven(replays: 2);
        // The sound begins 17 ms after the picture.
        var sources = new[] { new FakeReplay(5 * SecondNs, 40 * MsNs), new FakeReplay((5 * SecondNs) + (17 * MsNs), 21 * MsNs) };
        var together = new ReplayTogether(2, 5 * SecondNs);
        var tickets = sources.Select(source => Open(engine, source, together)).ToArray();
        engine.Join(engine.Spec(Sound, feed: tickets[1].Feed));
        engine.RunFor(120 * MsNs);
        Assert.Equal((null, 0), (together.ShiftNs, sources[0].Next + sources[1].Next));
        var joinedNs = engine.Now.Ns;
        engine.Join(engine.Spec(Picture, feed: tickets[0].Feed));
        engine.RunFor(SecondNs);

        Assert.Equal(together.ShiftNs, tickets[0].Counters.ShiftNs);
        Assert.Equal(together.ShiftNs, tickets[1].Counters.ShiftNs);
        AssertSent(engine, Picture, sources[0], together);
        AssertSent(engine, Sound, sources[1], together);
        Assert.InRange(engine.Media.To(Picture).First().AtNs - joinedNs, 0, 160 * MsNs);
        Assert.Equal(0, engine.Send.Counters.LateDropped + tickets.Sum(ticket => ticket.Counters.ReadLate));
    }

    [Fact]
    public void AClientThatNeverComesIsNotWaitedForLong()
    {
        using var engine = new HandDriven(replays: 2);
        var together = new ReplayTogether(2, 0);
        var source = new FakeReplay(0, 10 * MsNs);
        var ticket = Open(engine, source, together);
        Open(engine, new FakeReplay(0, 10 * MsNs), together);
        engine.Join(engine.Spec(Picture, feed: ticket.Feed));
        engine.RunFor(400 * MsNs);
        Assert.Empty(engine.Media.To(Picture));
        engine.RunFor(SecondNs);
        AssertSent(engine, Picture, source, together);
    }

    [Theory, InlineData(200), InlineData(5_000)]
    public void OfAChannelTheShiftIsNotLessThanTheStoreNeeds(long agoMs)
    {
        using var engine = new HandDriven(replays: 1);
        var startNs = engine.Now.Ns - (agoMs * MsNs);
        var together = new ReplayTogether(1, startNs, shiftNsMin: SecondNs);
        var source = new FakeReplay(startNs, 10 * MsNs);
        engine.Join(engine.Spec(Picture, feed: Open(engine, source, together).Feed));
        engine.RunFor(2 * SecondNs);
        Assert.InRange(together.ShiftNs!.Value - Math.Max(SecondNs, agoMs * MsNs), 0, 60 * MsNs);
        AssertSent(engine, Picture, source, together);
    }

    private static void AssertSent(HandDriven engine, ushort port, FakeReplay source, ReplayTogether together)
    {
        var sent = engine.Media.To(port).ToArray();
        Assert.True(sent.Length > 10, $"{sent.Length} packets to {port}");
        for (var i = 0; i < sent.Length; i++)
        {
            Assert.Equal(i, BinaryPrimitives.ReadInt32BigEndian(sent[i].Bytes.AsSpan(RtpHeader.Size)));
            Assert.InRange(sent[i].AtNs - source.MediaNs(i) - together.ShiftNs!.Value, 0, 2 * TickNs);
        }
    }

    private static ReplayTicket Open(HandDriven engine, FakeReplay source, ReplayTogether together)
    {
        Assert.True(engine.Core.Replays.TryOpen(source, new ReplayPlan { ClockRate = 90_000, Together = together }, out var ticket));
        return ticket;
    }
}
