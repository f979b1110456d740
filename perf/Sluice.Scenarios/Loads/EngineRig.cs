using System.Net;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Loads;

/// <summary>What an engine in a scenario is made of.</summary>
internal sealed record RigPlan(int Clients, StreamShape Flow)
{
    public static readonly long DefaultQuantumNs = IdleStrategy.Of(EngineProfile.Balanced).QuantumNs;

    /// <summary>As the server's default: how long a missing packet is waited for, and how long every packet is known before it is due.</summary>
    public const long ReorderNs = 50_000_000;

    public long QuantumNs { get; init; } = DefaultQuantumNs;
    /// <summary>The rule; the quantum is filled in.</summary>
    public DelayPlan Delays { get => _delays with { QuantumNs = QuantumNs }; init => _delays = value; }

    private readonly DelayPlan _delays = DelayPlan.Default;

    public PaceMode Pace { get; init; } = PaceMode.Arrival;
    public EngineLimits Limits { get; init; } = new();

    /// <summary>To all clients together.</summary>
    public double PacketsPerSecond => Clients * Flow.PacketsPerSecond;

    /// <summary>Packets of the longest train when the source keeps its rate.</summary>
    public int Train => QuantumNs == 0 ? 1 : Flow.TrainPackets(QuantumNs, Limits.TrainPacketsMax);

    public EnginePlan Engine => new()
    {
        Limits = Limits,
        Feeds = [new FeedPlan("feed", Pace, 200_000_000, QuantumNs, Pace == PaceMode.Arrival ? ReorderNs : 0, 90_000, Stored: false)],
        Sources = [new SourcePlan(0, 0, false, null, -1, ReorderNs)],
    };
}

/// <summary>A whole engine with one source, one egress and its clients. Who runs its loops is up to the scenario.</summary>
internal sealed class EngineRig<TSocket> : IDisposable where TSocket : struct, IDatagramSocket
{
    private readonly List<ClientSeat> _seats = [];

    public EngineRig(RigPlan plan, TSocket source, TSocket media, TSocket reports, MonotonicTime now)
    {
        Plan = plan;
        Core = new EngineCore<TSocket>(plan.Engine, [source], null, new EngineClock(SystemClock.WallMinusMonotonicNs()), now);
        if (!Core.TryAddEgress([new Egress<TSocket>(media, reports, segmentation: plan.QuantumNs > 0, plan.Limits)], out _))
            throw new InvalidOperationException("the engine took no egress");
    }

    public RigPlan Plan { get; }
    public EngineCore<TSocket> Core { get; }
    public SendCounters Sent => Core.Sends[0].Counters;

    /// <summary>In the order in which the shared layout runs them.</summary>
    public IEngineLoop[] Loops => [Core.Ingest, Core.Stamp, Core.Sends[0]];

    /// <summary>What went wrong inside: dropped, refused or lost departures. 0 in a run that counts.</summary>
    public long Faults =>
        Sent.LateDropped + Sent.WindowOverrun + Sent.SocketFull + Sent.OtherErrors + Core.FeedCounters(0).WindowFull
        + Core.SourceCounters(0).KernelDrops + Core.SourceCounters(0).Lost + Core.SourceCounters(0).SlabFull;

    /// <summary>Reserves and starts every client; the loops take them in when they run.</summary>
    public void AddClients()
    {
        for (var i = 0; i < Plan.Clients; i++)
            Play(Reserve(), i);
    }

    public ClientSeat Reserve()
    {
        if (!Core.Desk.TryReserve(out var seat))
            throw new InvalidOperationException("no row is free");
        _seats.Add(seat);
        return seat;
    }

    public void PauseAll()
    {
        foreach (var seat in _seats)
            Core.Desk.Pause(seat);
    }

    public void Play(ClientSeat seat, int index)
    {
        if (!Core.Desk.TryPlay(seat, Spec(index), 0, 0))
            throw new InvalidOperationException("a mailbox is full");
    }

    public ClientSpec Spec(int index) => new()
    {
        Kind = ClientKind.RtpOverUdp, Feed = 0, DelayNs = Plan.Delays.DelayNs(index), Ssrc = 0xC000_0000 + (uint)index,
        Address = DatagramAddress.From(IPAddress.Loopback, Sink.Port(index)),
        RtcpAddress = DatagramAddress.From(IPAddress.Loopback, Sink.Port(index) + 1),
    };

    public void Dispose() => Core.Dispose();
}
