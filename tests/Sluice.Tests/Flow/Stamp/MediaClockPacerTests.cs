using Sluice.Flow;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Flow.Stamp;

public class MediaClockPacerTests
{
    private const long MsNs = 1_000_000;
    private const long BufferNs = 200 * MsNs;
    private const long FrameNs = 40 * MsNs;
    private const int PerFrame = 20;

    private sealed class Bench(PaceMode mode)
    {
        public readonly FeedCounters Counters = new();
        public readonly List<(long ArrivalNs, long DeliveryNs)> Taken = [];
        private readonly Queue<long> _arrivals = new();
        private MediaClockPacer? _pacer;

        public MediaClockPacer Pacer => _pacer ??= new MediaClockPacer(mode, BufferNs, 4_096, Counters);

        public void Offer(long arrivalNs, uint timestamp, byte[]? payload = null, PacketFlags flags = 0)
        {
            // The stamp loop comes at the deadline, whether a packet does or not.
            while (Pacer.DeadlineNs < arrivalNs)
                Take(Math.Max(Pacer.DeadlineNs, 0));
            _arrivals.Enqueue(arrivalNs);
            var packet = new ArrivedPacket { ArrivalNs = arrivalNs, RtpTimestamp = timestamp, BodyLength = 1_316, Flags = flags };
            Pacer.Offer(in packet, payload, 90_000);
            Take(arrivalNs);
        }

        public void Take(long nowNs)
        {
            var any = false;
            while (Pacer.TryTake(nowNs, out var packet))
            {
                any = true;
                var arrivalNs = _arrivals.Dequeue();
                Taken.Add((arrivalNs, packet.ArrivalNs));
                Assert.True(nowNs <= arrivalNs + BufferNs || nowNs == long.MaxValue, "a packet was kept longer than the buffer");
            }
            Assert.True(any || nowNs < Pacer.DeadlineNs, "a deadline that has come must free a packet");
        }
    }

    // All packets of a frame arrive at once; timestamps pass their wrap.
    private static Bench Bursts(int frames, double drift = 0, Func<int, long>? networkNs = null)
    {
        var bench = new Bench(PaceMode.RtpClock);
        for (var frame = 0; frame < frames; frame++)
            for (var i = 0; i < PerFrame; i++)
                bench.Offer((long)(frame * FrameNs * (1 + drift)) + 5_000 * MsNs + (networkNs?.Invoke(frame) ?? 0), 0xFFFF_0000u + (uint)(frame * 3_600));
        return bench;
    }

    [Theory, InlineData(0), InlineData(100e-6), InlineData(-100e-6)]
    public void FrameBurstsLeaveEvenlyWhateverTheDrift(double drift)
    {
        var bench = Bursts(frames: 5_000, drift);
        var deliveries = bench.Taken.Select(packet => packet.DeliveryNs).ToArray();
        Assert.InRange(deliveries.Length, 4_999 * PerFrame, 5_000 * PerFrame);
        var distances = deliveries.Zip(deliveries.Skip(1), (one, two) => two - one).ToArray();
        Assert.InRange(distances.Min(), FrameNs / PerFrame * 0.95, FrameNs / PerFrame);
        Assert.InRange(distances.Max(), FrameNs / PerFrame, FrameNs / PerFrame * 1.05);
        Assert.Equal((0, 0), (bench.Counters.Unpaced, bench.Counters.ClockResets));
        Assert.All(bench.Taken, packet => Assert.InRange(packet.DeliveryNs - packet.ArrivalNs, BufferNs - MsNs, BufferNs + FrameNs + MsNs));
    }

    [Fact]
    public void AnOpenEndedStretchGoesAfterTheBuffer()
    {
        var bench = Bursts(frames: 3);
        bench.Take(bench.Pacer.DeadlineNs);
        Assert.Equal(3 * PerFrame, bench.Taken.Count);
        Assert.Equal(PerFrame, bench.Counters.Unpaced);
        Assert.Equal(long.MaxValue, bench.Pacer.DeadlineNs);
        Assert.All(bench.Taken.TakeLast(PerFrame), packet => Assert.InRange(packet.DeliveryNs - packet.ArrivalNs, BufferNs - MsNs, BufferNs + MsNs));
    }

    [Theory, InlineData(350), InlineData(450), InlineData(2_000), InlineData(-150)]
    public void ALastingChangeOfTheNetworksDelayLeavesNoPacketInThePast(long stepMs)
    {
        var bench = Bursts(frames: 2_000, networkNs: frame => frame < 1_000 ? 0 : stepMs * MsNs);
        // A second after the step, every packet still has its delivery before it, and is not held for long.
        Assert.All(bench.Taken.Skip(1_025 * PerFrame), packet =>
            Assert.InRange(packet.DeliveryNs - packet.ArrivalNs, 0, 2 * BufferNs + FrameNs));
    }

    [Fact]
    public void AJumpOfTheMediaClockIsTakenAndCounted()
    {
        var bench = new Bench(PaceMode.RtpClock);
        for (var frame = 0; frame < 200; frame++)
            for (var i = 0; i < PerFrame; i++)
                bench.Offer(frame * FrameNs, (uint)(frame * 3_600) + (frame < 100 ? 0 : 1_000_000_000u));
        Assert.Equal(1, bench.Counters.ClockResets);
        Assert.All(bench.Taken, packet => Assert.InRange(packet.DeliveryNs - packet.ArrivalNs, BufferNs - MsNs, BufferNs + FrameNs + MsNs));
    }

    [Fact]
    public void ARestartBeginsAnew()
    {
        var bench = Bursts(frames: 10);
        var at = 5_000 * MsNs + 10 * FrameNs;
        for (var frame = 0; frame < 10; frame++)
            for (var i = 0; i < PerFrame; i++)
                bench.Offer(at + frame * FrameNs, (uint)(frame * 3_600), flags: frame + i == 0 ? PacketFlags.NewEpoch : 0);
        Assert.Equal(0, bench.Counters.ClockResets);
        Assert.True(bench.Taken.Zip(bench.Taken.Skip(1), (one, two) => two.DeliveryNs >= one.DeliveryNs).All(ordered => ordered));
        Assert.All(bench.Taken, packet => Assert.InRange(packet.DeliveryNs - packet.ArrivalNs, BufferNs - MsNs, BufferNs + FrameNs + MsNs));
    }

    [Fact]
    public void PcrPacesByBytesThroughItsWrap()
    {
        var bench = new Bench(PaceMode.Pcr);
        var pcr = TsClock.PcrModulus - 27_000_000;      // a second before the wrap
        for (var i = 0; i < 10_000; i++)
        {
            // 500 packets/s that arrive in bursts of 40 ms; a PCR in every 10th packet, of PID 256, and a false one of PID 257.
            var payload = i % 10 == 0 ? Ts(256, pcr + i * 54_000L) : i % 10 == 5 ? Ts(257, i) : new byte[TsPacket.Size];
            bench.Offer(1_000 * MsNs + i / 20 * FrameNs, 0, payload);
        }
        Assert.Equal((0, 0), (bench.Counters.Unpaced, bench.Counters.ClockResets));
        var distances = bench.Taken.Zip(bench.Taken.Skip(1), (one, two) => two.DeliveryNs - one.DeliveryNs).ToArray();
        Assert.True(distances.Length > 9_900);
        Assert.InRange(distances.Min(), 1.9 * MsNs, 2 * MsNs);
        Assert.InRange(distances.Max(), 2 * MsNs, 2.1 * MsNs);
    }

    private static byte[] Ts(ushort pid, long pcr)
    {
        var packet = new byte[TsPacket.Size];
        TsPacket.WriteHeader(packet, pid, false, hasAdaptationField: true, hasPayload: true, 0);
        TsAdaptationField.Write(packet, 7, pcr27MHz: pcr);
        return packet;
    }
}
