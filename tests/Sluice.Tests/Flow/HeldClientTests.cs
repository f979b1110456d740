using Sluice.Flow;
using Sluice.Tests.Flow.Replay;
using Sluice.Wire.Rtp;
using static Sluice.Tests.Flow.HandDriven;

namespace Sluice.Tests.Flow;

/// <summary>What moving a client in time rests on: it is known when it sends nothing more and what it had last, and its row serves it on other feeds.</summary>
public class HeldClientTests
{
    private const long SecondNs = 1_000_000_000;
    private const ushort Port = 9_000;

    [Fact]
    public void AClientIsHeldWhenItsSendLoopHasDoneEveryPause()
    {
        using var engine = new HandDriven();
        var spec = engine.Spec(Port);
        var seat = engine.Join(spec, firstSequence: 500);
        engine.RunFor(SecondNs);
        for (var turn = 0; turn < 3; turn++)
        {
            engine.Core.Desk.Pause(seat);
            Assert.False(spec.Progress.IsHeld);
            engine.Core.Desk.Pause(seat);
            engine.Step();
            Assert.True(spec.Progress.IsHeld);
            Assert.True(engine.Core.Desk.TryPlay(seat, spec, (ushort)spec.Progress.NextSequence, 0));
            engine.RunFor(SecondNs / 10);
        }
    }

    [Fact]
    public void ItsNextNumberOnTheFeedIsKnown()
    {
        using var engine = new HandDriven();
        var spec = engine.Spec(Port);
        var seat = engine.Join(spec, firstSequence: 65_500);
        engine.RunFor(SecondNs);
        engine.Core.Desk.Pause(seat);
        engine.Step();
        var sent = engine.Media.To(Port).Count();
        // The feed counts from 1, and the client has had every packet of it.
        Assert.Equal(((ushort)(65_500 + sent), (ushort)(sent + 1)), ((ushort)spec.Progress.NextSequence, spec.Progress.NextFeedSequence));
    }

    [Fact]
    public void AClientThatIsFinishedSaysByeAndMayPlayAgain()
    {
        using var engine = new HandDriven();
        var spec = engine.Spec(Port);
        var seat = engine.Join(spec);
        engine.RunFor(SecondNs);
        engine.Core.Desk.Finish(seat);
        engine.Step();
        var sent = engine.Media.To(Port).Count();
        engine.RunFor(SecondNs);
        Assert.Equal(sent, engine.Media.To(Port).Count());
        Assert.Equal(203, engine.Reports.To(Port + 1).Last().Bytes[^7]);             // RFC 3550 §6.6: BYE, type, length, one SSRC
        Assert.True(engine.Core.Desk.TryPlay(seat, spec, (ushort)spec.Progress.NextSequence, 0));
        engine.RunFor(SecondNs / 10);
        Assert.True(engine.Media.To(Port).Count() > sent);
    }

    [Fact]
    public void OnAnotherFeedTheSameClientGoesOnWithItsNumbers()
    {
        using var engine = new HandDriven(replays: 1);
        var spec = engine.Spec(Port);
        var seat = engine.Join(spec, firstSequence: 500, firstTimestamp: 7);
        engine.RunFor(SecondNs / 2);
        var source = new FakeReplay(0, 10 * TickNs);
        Assert.True(engine.Core.Replays.TryOpen(source, new ReplayPlan { ClockRate = 90_000 }, out var ticket));
        engine.Core.Desk.Pause(seat);
        engine.Step();
        Assert.True(engine.Core.Desk.TryPlay(seat, spec.On(ticket.Feed), (ushort)spec.Progress.NextSequence, 1_000_000));
        engine.RunFor(SecondNs / 2);
        engine.Core.Desk.Pause(seat);
        engine.Step();
        Assert.True(engine.Core.Desk.TryPlay(seat, spec, (ushort)spec.Progress.NextSequence, 2_000_000));
        engine.RunFor(SecondNs / 2);
        var headers = engine.Media.To(Port).Select(datagram => RtpHeader.TryRead(datagram.Bytes, out var header) ? header : default).ToArray();
        Assert.InRange(headers.Length, 250, 290);
        Assert.All(headers, (header, n) => Assert.Equal((spec.Ssrc, (ushort)(500 + n)), (header.Ssrc, header.SequenceNumber)));
        Assert.Contains(headers, header => header.Timestamp == 1_000_000);
        Assert.Contains(headers, header => header.Timestamp == 2_000_000);
        Assert.Equal(headers.Length, spec.Progress.Packets);
    }
}
