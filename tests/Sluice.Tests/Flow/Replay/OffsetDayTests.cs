using System.Buffers.Binary;
using System.Net;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Store;
using Sluice.Tests.Store;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Flow.Replay;

/// <summary>
/// A virtual day of a channel with an onward stream twelve seconds behind, over a real store: the source's clock runs away from ours, the wall clock
/// drifts, and is set back once.
/// </summary>
public class OffsetDayTests
{
    private const long SecondNs = 1_000_000_000, HourNs = 3_600 * SecondNs, OffsetNs = 12 * SecondNs;
    private const long SourceSpacingNs = 200_020_000;       // five packets a second by a clock that is 100 ppm slow
    private const long WallDriftNs = 30_000;                // a second
    private const long WallStepNs = -2 * SecondNs;

    [Theory, InlineData(PaceMode.Arrival, 3), InlineData(PaceMode.RtpClock, 24)]
    public void AfterADayOfDriftingClocksTheOffsetIsWhatItWas(PaceMode pace, int hours)
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { ChannelBytesMax = 16 * 64 << 10 });
        using var day = new Day(store, pace);
        day.RunFor(20 * SecondNs);
        var begunNs = day.Now.Ns;
        for (var hour = 0; hour < hours; hour++)
        {
            day.RunFor(HourNs);
            Assert.True(day.WorstNs < 2 * HandDriven.TickNs, $"hour {hour}: an offset is missed by {day.WorstNs} ns");
            if (hour == hours / 2)
                day.WallMinusMonotonicNs += WallStepNs;
        }
        Assert.InRange(day.Compared, (day.Now.Ns - begunNs) / SourceSpacingNs - 100, (day.Now.Ns - begunNs) / SourceSpacingNs + 100);
        Assert.Equal((0, 0), (day.Holes, day.Late));
        Assert.True(store.Counters.SegmentsRecycled > hours * 10);
    }

    // The engine's loops, called when they want to be and when a packet comes.
    private sealed class Day : IDisposable
    {
        private const ushort Live = 9_000, Offset = 9_002;
        private static readonly DatagramAddress s_encoder = DatagramAddress.From(IPAddress.Parse("10.0.0.1"), 5_000);
        private readonly FakeWire _source = new(), _media = new(), _reports = new() { Records = false };
        private readonly EngineClock _clock = new(HandDriven.WallMinusMonotonicNs);
        private readonly EngineCore<FakeSocket> _core;
        private readonly IEngineLoop[] _loops;
        private readonly ReplayTicket _ticket;
        private readonly Dictionary<int, long> _liveAtNs = [];
        private readonly byte[] _packet = new byte[RtpHeader.Size + 188];
        private long _packetDueNs, _secondDueNs, _deadlineNs;
        private int _next, _last;

        public Day(ChannelStore store, PaceMode pace)
        {
            var quantumNs = 32 * HandDriven.TickNs;
            _core = new EngineCore<FakeSocket>(
                new EnginePlan
                {
                    Limits = HandDriven.Small,
                    Feeds = [new FeedPlan("news", pace, 200_000_000, quantumNs, 0, 90_000, Stored: true)],
                    Sources = [new SourcePlan(0, 0, false, null, -1, 0)],
                    Replays = new ReplayLimits(1, quantumNs),
                },
                [_source.Socket], [store], _clock, Now);
            Assert.True(_core.TryAddEgress([new Egress<FakeSocket>(_media.Socket, _reports.Socket, segmentation: true, HandDriven.Small)], out var egress));
            _loops = [_core.Ingest, _core.Stamp, _core.Store!, _core.Replay!, _core.Sends[0]];
            var cursor = StoreReplaySource.CursorAt(store, Now.Ns + HandDriven.WallMinusMonotonicNs - OffsetNs, atAccessPoint: false);
            var grid = _core.GridOf(0);
            Assert.True(_core.Replays.TryOpen(
                new StoreReplaySource(store, cursor, HandDriven.WallMinusMonotonicNs),
                new ReplayPlan { ClockRate = 90_000, ShiftNs = OffsetNs, Grid = grid with { LineNs = grid.LineNs + OffsetNs } }, out _ticket));
            Join(Live, 0, egress);
            Join(Offset, _ticket.Feed, egress);
            (_packetDueNs, _secondDueNs, _deadlineNs) = (Now.Ns, Now.Ns, Now.Ns);
        }

        public MonotonicTime Now { get; private set; } = new(1_000_000 * HandDriven.TickNs);
        public long WallMinusMonotonicNs { get; set; } = HandDriven.WallMinusMonotonicNs;

        /// <summary>Packets that came at both, how far the offset was missed at worst, and numbers that never came.</summary>
        public long Compared { get; private set; }
        public long WorstNs { get; private set; }
        public long Holes { get; private set; }
        public long Late => _ticket.Counters.ReadLate + _ticket.Counters.NoRoom;

        public void RunFor(long ns)
        {
            for (var end = Now + ns; Now < end;)
                Step(end);
            Compare();
        }

        public void Dispose() => _core.Dispose();

        private void Step(MonotonicTime end)
        {
            var nextNs = Math.Min(Math.Min(_packetDueNs, _secondDueNs), _deadlineNs);
            Now = new MonotonicTime(Math.Clamp(nextNs, Now.Ns + 1_000, end.Ns));
            if (Now.Ns >= _packetDueNs)
                Emit();
            if (Now.Ns >= _secondDueNs)
            {
                _secondDueNs += SecondNs;
                _clock.Follow(WallMinusMonotonicNs += WallDriftNs);
            }
            _media.NowNs = Now.Ns;
            _deadlineNs = long.MaxValue;
            foreach (var loop in _loops)
                loop.Gate.BeginPass(Now);
            foreach (var loop in _loops)
                loop.DoWork(Now);
            foreach (var loop in _loops)
                _deadlineNs = Math.Min(_deadlineNs, loop.HasInput ? 0 : loop.NextDeadline.Ns);
            if (_media.Sent.Count > 5_000)
                Compare();
        }

        private void Emit()
        {
            new RtpHeader(33, false, (ushort)(65_500 + _next), (uint)(_next * 18_000), 7).Write(_packet);
            BinaryPrimitives.WriteInt32BigEndian(_packet.AsSpan(RtpHeader.Size), _next++);
            _source.Arrive([.. _packet], s_encoder, _packetDueNs);
            _core.Ingest.OnReadable(0);
            _packetDueNs += SourceSpacingNs;
        }

        private void Compare()
        {
            foreach (var datagram in _media.Sent)
            {
                var number = BinaryPrimitives.ReadInt32BigEndian(datagram.Bytes.AsSpan(RtpHeader.Size));
                if (datagram.To.Port == Live)
                    _liveAtNs[number] = datagram.AtNs;
                else
                    Compare(number, datagram.AtNs);
            }
            _media.Sent.Clear();
        }

        private void Compare(int number, long atNs)
        {
            Holes += Compared > 0 && number != _last + 1 ? 1 : 0;
            _last = number;
            Assert.True(_liveAtNs.Remove(number, out var liveAtNs), $"packet {number} came only at the offset");
            WorstNs = Math.Max(WorstNs, Math.Abs(atNs - liveAtNs - OffsetNs));
            Compared++;
        }

        private void Join(ushort port, int feed, int egress)
        {
            Assert.True(_core.Desk.TryReserve(out var seat));
            var spec = new ClientSpec
            {
                Kind = ClientKind.RtpOverUdp, Feed = feed, DelayNs = 0, Ssrc = 0xC000_0000 + port, Egress = egress,
                Address = DatagramAddress.From(IPAddress.Loopback, port), RtcpAddress = DatagramAddress.From(IPAddress.Loopback, port + 1),
            };
            Assert.True(_core.Desk.TryPlay(seat, spec, 0, 0));
        }
    }
}
