using Sluice.Flow;

namespace Sluice.Tests.Flow.Stamp;

public class FeedClockTests
{
    private const long MsNs = 1_000_000;
    private const int Hz = 90_000;

    [Fact]
    public void ASourcesTimestampsPassUnchangedUntilItBeginsAnew()
    {
        var clock = new FeedClock(Hz);
        Assert.Equal(4_000_000_000u, clock.OfSource(4_000_000_000, 0, newEpoch: true));
        Assert.Equal(4_000_003_600u, clock.OfSource(4_000_003_600, 40 * MsNs, newEpoch: false));
    }

    [Theory, InlineData(0u), InlineData(5_000u), InlineData(0xFFFF_FFF0u), InlineData(0x8000_0000u)]
    public void GoesOnOverARestartAsIfTimeHadPassed(uint restartsAt)
    {
        var clock = new FeedClock(Hz);
        clock.OfSource(0xFFFF_0000, 0, newEpoch: true);
        var last = clock.OfSource(0xFFFF_0000 + 3_600, 40 * MsNs, newEpoch: false);
        var resumed = clock.OfSource(restartsAt, 140 * MsNs, newEpoch: true);
        Assert.Equal(9_000u, resumed - last);       // 100 ms at 90 kHz
        Assert.Equal(resumed + 3_600, clock.OfSource(restartsAt + 3_600, 180 * MsNs, newEpoch: false));
    }

    [Fact]
    public void ATimestampIsPlacedOnTheLineAndAShiftMovesWhatReportsSay()
    {
        var clock = new FeedClock(Hz);
        Assert.False(clock.TryPlace(0, out _));
        clock.OfSource(1_000, 0, newEpoch: true);
        clock.OfSource(4_600, 40 * MsNs, newEpoch: false);
        clock.OfSource(77, 140 * MsNs, newEpoch: true);
        Assert.True(clock.TryPlace(77 + 9_000, out var deliveryNs));
        Assert.Equal(240 * MsNs, deliveryNs, 1_000d);
        var before = clock.At(240 * MsNs);
        clock.Shift(10 * MsNs, 240 * MsNs, atOnce: true);
        Assert.Equal(900u, clock.At(240 * MsNs) - before);
    }

    [Theory, InlineData(30), InlineData(-80)]
    public void AReplaysLineBeginsWhereItsFirstPacketWouldBeIfItWereNotLate(int lagMs)
    {
        const int otherHz = 48_000;
        var clock = new FeedClock(Hz);
        for (var i = 0; i < 10; i++)
            clock.OfSource((uint)(i * 3_600), i * 40 * MsNs, newEpoch: i == 0);      // what the feed replayed before, at another rate
        clock.Begin(otherHz, shiftNs: 5 * MsNs, firstLagNs: lagMs * MsNs);
        var first = clock.OfSource(123_456, (9_000 + lagMs) * MsNs, newEpoch: true);
        Assert.Equal(5 * otherHz / 1_000, (int)(clock.At(9_000 * MsNs) - first), 2d);
        var second = clock.OfSource(123_456 + 960, 9_020 * MsNs, newEpoch: false);
        Assert.Equal(960u, second - first);
        Assert.Equal(5 * otherHz / 1_000, (int)(clock.At(9_020 * MsNs) - second), 4d);
    }

    [Fact]
    public void HowLateAPacketWasIsSaidByTheLineOfNow()
    {
        var clock = new FeedClock(Hz);
        Assert.False(clock.TryLag(0, 0, out _));
        for (var i = 0; i < 100; i++)
            clock.OfSource((uint)(i * 3_600) - 5_000, i * 40 * MsNs, newEpoch: i == 0);      // over a wrap of the timestamp
        Assert.True(clock.TryLag(unchecked(0u - 5_000), 12 * MsNs, out var lagNs));
        Assert.Equal(12 * MsNs, lagNs, 1_000d);
        Assert.True(clock.TryLag((50 * 3_600) - 5_000, (2_000 - 7) * MsNs, out lagNs));
        Assert.Equal(-7 * MsNs, lagNs, 1_000d);
    }

    // Reports every five seconds, as a player reads them: what it takes for the time of a packet must go forward by about what has passed.
    [Theory, InlineData(-180), InlineData(180), InlineData(-3)]
    public void AShiftThatComesWhileSomebodyWatchesMovesNoReportByAFrame(int shiftMs)
    {
        const long secondNs = 1_000 * MsNs, frameMs = 20;
        var clock = new FeedClock(Hz);
        clock.OfSource(0, 0, newEpoch: true);
        clock.OfSource(3_600, 40 * MsNs, newEpoch: false);
        clock.Shift(0, 0, atOnce: true);
        clock.Shift(shiftMs * MsNs, 7 * secondNs, atOnce: false);
        var unmoved = clock.At(5 * secondNs);
        for (var at = 10L; at < 200; at += 5)
        {
            var moved = (int)(clock.At(at * secondNs) - unmoved - 5 * Hz) / (Hz / 1_000.0);
            Assert.InRange(moved, -frameMs + 1, frameMs - 1);
            unmoved = clock.At(at * secondNs);
        }
        var still = new FeedClock(Hz);
        still.OfSource(0, 0, newEpoch: true);
        still.OfSource(3_600, 40 * MsNs, newEpoch: false);
        Assert.Equal(shiftMs * (Hz / 1_000), (int)(clock.At(200 * secondNs) - still.At(200 * secondNs)));
    }

    [Fact]
    public void AShiftOnItsWayIsTakenUpWhereItIs()
    {
        var slew = new Slew(0, 100 * MsNs, 0);
        Assert.Equal((0, 20 * MsNs, 100 * MsNs), (slew.At(-5), slew.At(10_000 * MsNs), slew.At(80_000 * MsNs)));
        var back = new Slew(slew.At(10_000 * MsNs), 0, 10_000 * MsNs);
        Assert.Equal((20 * MsNs, 10 * MsNs, 0), (back.At(10_000 * MsNs), back.At(15_000 * MsNs), back.At(30_000 * MsNs)));
    }

    [Fact]
    public void ABareTransportStreamIsStampedWithItsDeliveryTime()
    {
        var clock = new FeedClock(Hz);
        var first = clock.OfDelivery(50_000_000_000_000);
        Assert.Equal(900u, clock.OfDelivery(50_000_000_000_000 + 10 * MsNs) - first);
    }

    // RFC 3550 §6.4.1: the RTP time of a report is on the same line as the packets' timestamps.
    [Theory, InlineData(0), InlineData(100e-6), InlineData(-100e-6)]
    public void TheLineStaysWithThePacketsWhateverTheDriftAndJitter(double drift)
    {
        var random = new Random(4);
        var clock = new FeedClock(Hz);
        for (var frame = 0; frame < 30_000; frame++)      // 20 minutes at 25 fps, through a wrap
        {
            var timestamp = 0xF000_0000u + (uint)(frame * 3_600);
            var idealNs = (long)(frame * 40 * MsNs * (1 + drift)) + 77_000 * MsNs;
            clock.OfSource(timestamp, idealNs + random.Next(2 * (int)MsNs), frame == 0);
            if (frame > 1_000)
                Assert.InRange((int)(clock.At(idealNs) - timestamp), -270, 270);     // 3 ms
        }
    }

    [Fact]
    public void WithoutAClockRateNothingBreaks()
    {
        var clock = new FeedClock(0);
        clock.OfSource(5, 0, true);
        clock.OfSource(9, MsNs, true);
        Assert.Equal(0u, clock.At(3 * MsNs));
    }
}
