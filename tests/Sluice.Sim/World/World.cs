using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Sim;

/// <summary>
/// The engine, its sources, its receivers and the network between them, in virtual time on one thread. One plan gives one
/// run, to the last bit: replaying it gives the same <see cref="Trace"/>.
/// </summary>
public sealed partial class World : IDisposable
{
    private const long WallMinusMonotonicNs = 1_700_000_000_000_000_000;

    private readonly WorldPlan _plan;
    private readonly SimNet _net;
    private readonly PlayerTable _players;
    private readonly CheckContext _context;
    private readonly MediaCheck _media;
    private readonly ReportCheck _reports;
    private readonly Askers _askers;
    private readonly EngineCore<SimSocket> _core;
    private readonly LoopThread[] _threads;
    private readonly LoopThread _ingestThread;
    private readonly StreamSource[] _streams;
    private readonly Link[] _links;
    private readonly EventHeap _events = new();
    private readonly PacketPool _packets = new();
    private readonly Chance _chance;

    public World(WorldPlan plan)
    {
        _plan = plan;
        _chance = new Chance(plan.Seed ^ 0xD1B5_4A32_D192_ED03);
        _net = new SimNet(plan.Sources.Count, plan.SendLoops, _chance.Fork()) { NowNs = plan.StartNs };
        _players = new PlayerTable(plan.Players.Count) { HasFaults = plan.Players.Any(player => player.Fault.Errno != 0) };
        _context = Promises.Of(plan, _net, _players);
        _media = new MediaCheck(_context) { IsRawSource = plan.Sources[0].IsRaw, HasBackup = plan.Sources.Count > plan.Feeds.Count };
        _askers = new Askers(_context, plan.Players, new Chance(plan.Seed ^ 0xA5CE_D0));
        _media.Askers = plan.Players.Any(player => player.Asks is not null) ? _askers : null;
        _reports = new ReportCheck(_context, WallMinusMonotonicNs);
        (_net.Context, _net.Players, _net.Media, _net.Reports) = (_context, _players, _media, _reports);
        _core = MakeEngine();
        (_threads, _ingestThread) = MakeThreads();
        _streams = plan.Streams.Select(stream => new StreamSource(stream, _chance.Fork())).ToArray();
        _links = plan.Links.Select(link => new Link(link, _chance.Fork())).ToArray();
        PlanEvents();
    }

    public static World FromSeed(ulong seed, int seconds = 10) => new(SeededPlan.Of(seed, seconds));

    public WorldPlan Plan => _plan;
    public MediaCheck Media => _media;
    public PlayerTable Players => _players;
    public Askers Askers => _askers;
    public EngineCore<SimSocket> Engine => _core;
    public ulong Trace => _media.Trace;
    public long NowNs => _net.NowNs;
    public long Events { get; private set; }
    public long Passes => _threads.Sum(thread => thread.Passes);
    public long AllocatedInLoops => _threads.Sum(thread => thread.AllocatedBytes);
    public long Reports => _reports.Compounds;

    /// <summary>Lets virtual time pass until <paramref name="untilNs"/>.</summary>
    public void RunUntil(long untilNs)
    {
        while (true)
        {
            var thread = FirstThread(out var threadNs);
            var eventNs = _events.NextNs;
            if (Math.Min(eventNs, threadNs) > untilNs)
                break;
            Events++;
            _net.NowNs = Math.Max(_net.NowNs, Math.Min(eventNs, threadNs));
            if (eventNs <= threadNs)
                Happen(_events.Take());
            else
                thread.Step();
        }
        _net.NowNs = untilNs;
    }

    public void Dispose() => _core.Dispose();

    // Among threads that are ready at one instant chance decides, where the plan asks for interleavings.
    private LoopThread FirstThread(out long atNs)
    {
        var first = _threads[0];
        atNs = first.NextNs;
        for (var i = 1; i < _threads.Length; i++)
        {
            var nextNs = _threads[i].NextNs;
            if (nextNs > atNs || (nextNs == atNs && !(_plan.Interleaves && _chance.Hits(0.5))))
                continue;
            (first, atNs) = (_threads[i], nextNs);
        }
        return first;
    }

    private EngineCore<SimSocket> MakeEngine()
    {
        var plan = new EnginePlan
        {
            Limits = _plan.Limits, Profile = _plan.Profile, SendLoops = _plan.SendLoops, Feeds = _plan.Feeds, Sources = _plan.Sources, Seed = _plan.Seed,
        };
        var sockets = _plan.Sources.Select(source => new SimSocket(_net, SocketRole.Source, source.Index)).ToArray();
        var core = new EngineCore<SimSocket>(plan, sockets, null, new EngineClock(WallMinusMonotonicNs), new MonotonicTime(_plan.StartNs));
        var egresses = Enumerable.Range(0, _plan.SendLoops).Select(MakeEgress).ToArray();
        if (!core.TryAddEgress(egresses, out _))
            throw new InvalidOperationException("a new engine takes its first egress");
        return core;
    }

    private Egress<SimSocket> MakeEgress(int sendLoop) => new(
        new SimSocket(_net, SocketRole.Media, sendLoop), new SimSocket(_net, SocketRole.Reports, sendLoop), _plan.Segmentation, _plan.Limits);

    private (LoopThread[], LoopThread) MakeThreads()
    {
        IEngineLoop[] loops = [_core.Ingest, _core.Stamp, .. _core.Sends];
        var threads = _plan.SharedThread ? [Thread(loops, _core.Ingest)] : loops.Select(loop => Thread([loop], loop as IngestLoop<SimSocket>)).ToArray();
        return (threads, threads[0]);
    }

    private LoopThread Thread(IEngineLoop[] loops, IngestLoop<SimSocket>? ingest) =>
        new(loops, loops.Select(loop => Array.IndexOf([.. _core.Sends], loop)).ToArray(), IdleStrategy.Of(_plan.Profile), _context,
            ingest, _plan.Sources.Count, _plan.Interleaves ? _chance.Fork() : null);
}
