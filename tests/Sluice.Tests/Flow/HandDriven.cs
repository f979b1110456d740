using System.Buffers.Binary;
using System.Net;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Flow;

/// <summary>A whole engine over fake sockets, driven by hand: one source, time in wheel ticks, and who was sent what.</summary>
internal sealed class HandDriven : IDisposable
{
    public const int TickShift = 19;
    public const long TickNs = 1L << TickShift;
    public const long WallMinusMonotonicNs = 1_700_000_000_000_000_000;
    public const int PayloadBytes = 1_316;
    private const int BuffersMax = 256;

    private static readonly DatagramAddress Encoder = DatagramAddress.From(IPAddress.Parse("10.0.0.1"), 5_000);
    private readonly byte[][] _buffers = [.. Enumerable.Range(0, BuffersMax).Select(_ => new byte[RtpHeader.Size + PayloadBytes])];
    private long _sourceDueNs;
    private readonly int _egress;

    public HandDriven(long quantumNs = 0, EngineLimits? limits = null, bool isRaw = false, ShapingPlan? shaping = null, StartPlan? start = null,
        long retransmitNs = 0, int replays = 0)
    {
        Limits = limits ?? Small;
        var news = new FeedPlan("news", PaceMode.Arrival, 0, quantumNs, 0, 90_000, Stored: false) { Start = start, RetransmitNs = retransmitNs };
        Core = new EngineCore<FakeSocket>(
            new EnginePlan
            {
                Limits = Limits,
                Feeds = [news, .. shaping is null ? [] : new[] { news with { Shaping = shaping } }],
                Sources = [new SourcePlan(0, 0, isRaw, null, -1, 0)],
                Replays = new ReplayLimits(replays, quantumNs),
            },
            [Source.Socket], null, new EngineClock(WallMinusMonotonicNs), Now);
        _sourceDueNs = Now.Ns;
        Assert.True(Core.TryAddEgress([new Egress<FakeSocket>(Media.Socket, Reports.Socket, segmentation: true, Limits)], out _egress));
    }

    public static EngineLimits Small => new()
    {
        PacketsInFlightMax = 2_048, FeedWindowPackets = 1_024, ClientsPerSendLoopMax = 256, MailboxMax = 1_024, HandOverMax = 1_024, FrameRingBytes = 8_192,
    };

    public EngineLimits Limits { get; }
    public FakeWire Source { get; set; } = new();
    public FakeWire Media { get; } = new();
    public FakeWire Reports { get; } = new();
    public EngineCore<FakeSocket> Core { get; }
    public SendLoop<FakeSocket> Send => Core.Sends[0];
    public MonotonicTime Now { get; private set; } = new(1_000_000 * TickNs);

    /// <summary>Time between two packets of the source; 0 stops it.</summary>
    public long IntervalNs { get; set; } = 10 * TickNs;

    /// <summary>Makes the packets' payloads; null = the packet's number and nothing.</summary>
    public Func<byte[]>? Payload { get; init; }

    /// <summary>Writes a packet's payload from its number; its last four bytes then are the number. Null: see <see cref="Payload"/>.</summary>
    public Action<int, Span<byte>>? Fill { get; set; }

    /// <summary>The number of the next packet; its sequence number and timestamp follow from it.</summary>
    public int NextPacket { get; private set; }

    /// <summary>The time at which each packet arrived.</summary>
    public List<long> Arrivals { get; } = new(100_000);

    /// <summary>So many packets of the source are lost on their way.</summary>
    public void SkipPackets(int count) => NextPacket += count;

    public ClientSpec Spec(
        ushort port, long delayNs = 0, ClientKind kind = ClientKind.RtpOverUdp, FrameRing? frames = null, int feed = 0, bool instant = false,
        RetransmitState? retransmit = null) => new()
    {
        StartsAtAccess = instant, Kind = kind, Feed = feed, DelayNs = delayNs, Ssrc = 0xC000_0000 + port, Egress = _egress, Frames = frames,
        Retransmit = retransmit,
        Address = DatagramAddress.From(IPAddress.Loopback, port), RtcpAddress = DatagramAddress.From(IPAddress.Loopback, port + 1),
    };

    public ClientSeat Join(ClientSpec spec, ushort firstSequence = 0, uint firstTimestamp = 0)
    {
        Assert.True(Core.Desk.TryReserve(out var seat));
        Assert.True(Core.Desk.TryPlay(seat, spec, firstSequence, firstTimestamp));
        return seat;
    }

    public void RunFor(long ns)
    {
        for (var end = Now + ns; Now < end;)
            Step();
    }

    /// <summary>One tick: what has arrived, then each loop once.</summary>
    public void Step()
    {
        Now += TickNs;
        Feed();
        Pass();
    }

    /// <summary>Time goes by and nobody works: a stopped process. Packets go on arriving in the socket.</summary>
    public void Stall(long ns)
    {
        for (var end = Now + ns; Now < end; Feed())
            Now += TickNs;
    }

    public void Pass()
    {
        Media.NowNs = Reports.NowNs = Now.Ns;
        Send.Gate.BeginPass(Now);
        Core.Ingest.DoWork(Now);
        Core.Stamp.DoWork(Now);
        Core.Replay?.DoWork(Now);
        Send.DoWork(Now);
    }

    public void ReportArrives(byte[] datagram, ushort fromPort)
    {
        Reports.Arrive(datagram, DatagramAddress.From(IPAddress.Loopback, fromPort), Now.Ns);
        Send.OnReadable(_egress);
    }

    public void Dispose() => Core.Dispose();

    private void Feed()
    {
        for (; IntervalNs > 0 && _sourceDueNs <= Now.Ns; _sourceDueNs += IntervalNs)
        {
            var bytes = _buffers[NextPacket % BuffersMax];
            new RtpHeader(33, false, (ushort)(65_500 + NextPacket), (uint)(NextPacket * 900), 7).Write(bytes);
            if (Payload is null)
                BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(RtpHeader.Size), NextPacket);
            else
                Payload().CopyTo(bytes, RtpHeader.Size);
            if (Fill is { } fill)
            {
                fill(NextPacket, bytes.AsSpan(RtpHeader.Size));
                BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(bytes.Length - sizeof(int)), NextPacket);
            }
            Source.Arrive(bytes, Encoder, _sourceDueNs);
            if (Arrivals.Count < Arrivals.Capacity)
                Arrivals.Add(_sourceDueNs);
            NextPacket++;
            Core.Ingest.OnReadable(0);
        }
        if (IntervalNs == 0)
            _sourceDueNs = Now.Ns;
    }
}
