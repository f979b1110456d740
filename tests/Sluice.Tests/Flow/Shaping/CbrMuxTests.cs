using Sluice.Flow;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Flow.Shaping;

/// <summary>The constant rate by itself, over virtual time: exact clock references, nothing lost, nothing out of order.</summary>
public class CbrMuxTests
{
    private const double NsPerTick = 1e9 / TsClock.PcrHz;
    private const long SecondNs = 1_000_000_000;

    /// <summary>Plays a source through a mux at a rate; datagrams arrive with the given jitter. Returns what came out and when.</summary>
    private static (TsReading Reading, List<long> SlotNs) Run(CbrMux mux, TsSource source, double ticksPerPacket, int datagrams, int jitterMs = 0, int seed = 1)
    {
        var random = new Random(seed);
        var reading = new TsReading();
        var slots = new List<long>();
        var packet = new byte[TsPacket.Size];
        long lastNs = 0;
        for (var i = 0; i < datagrams; i++)
        {
            var bytes = source.SevenPackets();
            lastNs = Math.Max(lastNs, SecondNs + (long)((i * 7 + 6) * ticksPerPacket * NsPerTick) + random.Next(jitterMs + 1) * 1_000_000L);
            for (var at = 0; at < bytes.Length; at += TsPacket.Size)
            {
                Assert.True(TsPacket.TryParse(bytes.AsSpan(at), out var ts));
                mux.Offer(bytes.AsSpan(at), in ts, lastNs);
            }
            while (mux.TryTake(packet, out var slotNs))
            {
                reading.Take(packet);
                slots.Add(slotNs);
            }
        }
        return (reading, slots);
    }

    private static double TicksAt(double bitsPerSecond) => TsPacket.Size * 8 * (double)TsClock.PcrHz / bitsPerSecond;

    [Theory]
    [InlineData(4_000_000, 8_000_000)]
    [InlineData(1_234_567, 3_333_333)]
    [InlineData(7_900_000, 8_000_000)]
    [InlineData(38_000_000, 38_015_000)]
    public void ClockReferencesAreExactByBytePosition(int inputRate, int outputRate)
    {
        var counters = new ShapingCounters();
        var source = new TsSource(TicksAt(inputRate), pcrEvery: 40, nullEvery: 9);
        var (reading, slots) = Run(new CbrMux(outputRate, 8_192, counters), source, TicksAt(inputRate), datagrams: 4_000, jitterMs: 3);

        Assert.True(reading.WorstPcrError(outputRate, TsSource.Video) <= 1.0, $"{reading.WorstPcrError(outputRate, TsSource.Video)} ticks");
        Assert.Equal(Enumerable.Range(reading.Media[0], reading.Media.Count), reading.Media);
        Assert.InRange(reading.Media.Count, source.MediaCount - 80, source.MediaCount);
        Assert.Equal((0L, 0, 0L), (reading.ContinuityErrors, reading.Discontinuities, counters.OverRate + counters.NoClock));
        Assert.Equal(reading.Nulls, counters.NullsAdded);
        Assert.Equal(outputRate, (slots.Count - 1) * TsPacket.Size * 8 / ((slots[^1] - slots[0]) / 1e9), outputRate * 0.001);
    }

    [Fact]
    public void APacketLeavesInTheFirstSlotThatIsNotBeforeItsPlace()
    {
        const int Input = 4_000_000, Output = 10_000_000;
        var source = new TsSource(TicksAt(Input), pcrEvery: 25);
        var (reading, _) = Run(new CbrMux(Output, 8_192, new ShapingCounters()), source, TicksAt(Input), datagrams: 1_000);
        foreach (var (reference, n) in reading.Clock.Select((reading, n) => (reading, n)))
            Assert.InRange(reference.Pcr - source.TicksOf(n * 25), 0, (long)TicksAt(Output) + 1);
    }

    [Fact]
    public void SlotsLeaveAtConstantDistanceWhateverTheArrivalsDo()
    {
        const int Output = 8_000_000;
        var source = new TsSource(TicksAt(6_000_000), pcrEvery: 40);
        var (_, slots) = Run(new CbrMux(Output, 8_192, new ShapingCounters()), source, TicksAt(6_000_000), datagrams: 3_000, jitterMs: 15);
        var slotNs = TsPacket.Size * 8 * 1e9 / Output;
        // The servo may move by 500 ppm of the time between two references, and does so between two slots.
        Assert.All(slots.Zip(slots.Skip(1), (a, b) => b - a), gap => Assert.InRange(gap, slotNs - 10_000, slotNs + 10_000));
    }

    [Fact]
    public void AnotherProgrammesReferencesMoveWithTheirPackets()
    {
        const int Input = 4_000_000, Output = 9_000_000;
        var source = new TsSource(TicksAt(Input), pcrEvery: 40, secondPcrEvery: 50);
        var (reading, _) = Run(new CbrMux(Output, 8_192, new ShapingCounters()), source, TicksAt(Input), datagrams: 2_000);
        Assert.True(reading.Clock.Count(c => c.Pid == TsSource.OtherVideo) > 200);
        Assert.True(reading.WorstPcrError(Output, TsSource.OtherVideo) <= 2.0, $"{reading.WorstPcrError(Output, TsSource.OtherVideo)} ticks");
    }

    [Fact]
    public void TheClockMayWrap()
    {
        var source = new TsSource(TicksAt(4_000_000), pcrEvery: 40, firstPcr: TsClock.PcrModulus - 30_000_000);
        var (reading, _) = Run(new CbrMux(8_000_000, 8_192, new ShapingCounters()), source, TicksAt(4_000_000), datagrams: 1_500);
        Assert.Contains(reading.Clock, c => c.Pcr < 1_000_000_000);
        Assert.True(reading.WorstPcrError(8_000_000, TsSource.Video) <= 1.0);
        Assert.Equal(0, reading.Discontinuities);
    }

    [Fact]
    public void AJumpOfTheClockIsSaidInTheStreamAndLosesNothing()
    {
        const int Output = 8_000_000;
        var counters = new ShapingCounters();
        var mux = new CbrMux(Output, 8_192, counters);
        var source = new TsSource(TicksAt(4_000_000), pcrEvery: 40);
        var (before, _) = Run(mux, source, TicksAt(4_000_000), datagrams: 500);
        source.Jump = -3_000_000;
        var (after, _) = Run(mux, source, TicksAt(4_000_000), datagrams: 500);
        Assert.Equal((1, 1L), (after.Discontinuities, counters.ClockBreaks));
        Assert.Equal(Enumerable.Range(before.Media[0], before.Media.Count + after.Media.Count), before.Media.Concat(after.Media));
        var broken = after.Clock.FindIndex(c => c.Pcr < before.Clock[^1].Pcr);
        var rest = new TsReading();
        rest.Clock.AddRange(after.Clock.Skip(broken));
        Assert.True(rest.WorstPcrError(Output, TsSource.Video) <= 1.0);
    }

    [Fact]
    public void AStreamThatIsFasterThanItsRateLosesPacketsAndKeepsItsClock()
    {
        var counters = new ShapingCounters();
        var source = new TsSource(TicksAt(5_000_000), pcrEvery: 40);
        var (reading, _) = Run(new CbrMux(4_000_000, 8_192, counters), source, TicksAt(5_000_000), datagrams: 5_000);
        Assert.InRange(counters.OverRate, source.MediaCount / 6, source.MediaCount / 4);
        Assert.Equal(0, reading.Nulls);
        Assert.True(reading.WorstPcrError(4_000_000, TsSource.Video) <= 1.0);
    }

    [Fact]
    public void WithoutAClockNothingLeavesAndTheReasonIsCounted()
    {
        var counters = new ShapingCounters();
        var source = new TsSource(TicksAt(4_000_000), pcrEvery: int.MaxValue);
        source.Next();      // the only reference
        var (reading, _) = Run(new CbrMux(8_000_000, 1_024, counters), source, TicksAt(4_000_000), datagrams: 1_000);
        Assert.Equal(0, reading.Count);
        Assert.True(counters.NoClock > 5_000);
    }
}
