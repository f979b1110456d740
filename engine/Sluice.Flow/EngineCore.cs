using Sluice.Linux;
using Sluice.Store;
using Sluice.Wire.RandomAccess;

namespace Sluice.Flow;

/// <summary>Everything that an engine is built from; immutable afterwards.</summary>
public sealed record EnginePlan
{
    public EngineLimits Limits { get; init; } = new();
    public EngineProfile Profile { get; init; } = EngineProfile.Balanced;
    public int SendLoops { get; init; } = 1;

    /// <summary>Feeds behind the others whose packets come from the store.</summary>
    public ReplayLimits Replays { get; init; } = ReplayLimits.None;
    public required IReadOnlyList<FeedPlan> Feeds { get; init; }
    public required IReadOnlyList<SourcePlan> Sources { get; init; }

    /// <summary>Canonical name in sender reports (RFC 3550 §6.5.1): random, so that it tells nothing of the machine.</summary>
    public string Cname { get; init; } = "sluice";

    public ulong Seed { get; init; } = 1;
}

/// <summary>
/// The data plane put together: rings between the loops, one slab, the loops themselves. Here the thread picture can be
/// read: who holds which half of which ring. What runs the loops is somebody else's choice.
/// </summary>
public sealed class EngineCore<TSocket> : IDisposable where TSocket : struct, IDatagramSocket
{
    /// <summary>At 475 packets/s (5 Mbit/s) two packets a wake-up; a joining client waits as long.</summary>
    private const long PatienceMaxNs = 4_000_000;

    private readonly Slab _slab;
    private readonly Slab? _replaySlab;
    private readonly Feed[] _feeds;
    private readonly SourceReceiver[] _receivers;

    /// <param name="plan">What to build.</param>
    /// <param name="sourceSockets">
    /// One open socket a source, in the plan's order; sources beyond the last one are vacant (<see cref="TryAttach"/>). A source with an
    /// inlet may have a default one, which is never read before it was replaced.
    /// </param>
    /// <param name="stores">Each feed's store, null for a feed that is not kept; null when nothing is.</param>
    /// <param name="clock">Wall clock against monotonic clock.</param>
    /// <param name="start">Now.</param>
    public EngineCore(EnginePlan plan, IReadOnlyList<TSocket> sourceSockets, ChannelStore?[]? stores, EngineClock clock, MonotonicTime start)
    {
        plan.Limits.Verify();
        Plan = plan;
        var limits = plan.Limits;
        var idle = IdleStrategy.Of(plan.Profile);
        _slab = new Slab(limits.PacketsInFlightMax, limits.SlotBytes, plan.Feeds.Sum(feed => feed.Start?.PacketsMax ?? 0));

        var (toStamp, arrivals) = SpscRing.Create<ArrivedPacket>(limits.HandOverMax);
        var (returned, freeSlots) = SpscRing.Create<int>(_slab.Slots);
        var (toStore, stored) = SpscRing.Create<StoreRef>(limits.HandOverMax);
        var sendGates = Enumerable.Range(0, plan.SendLoops).Select(_ => new LoopGate()).ToArray();
        Store = stores is null ? null : new StoreLoop(_slab, stored, stores, clock);

        var context = new StampContext(limits, _slab, returned, Store is null ? null : toStore, sendGates, idle.TickShift);
        PatienceNs = plan.Feeds.Min(feed => Math.Min(feed.LeadNs / 8, PatienceMaxNs));
        Feed[] live = [.. plan.Feeds.Select((feed, index) => MakeFeed(index, feed with { LeadNs = feed.LeadNs - PatienceNs }, context))];
        _feeds = live;
        if (plan.Replays.Count > 0)
            (_feeds, Replay, _replaySlab, Prefetch) = MakeReplays(plan.Replays, live, context);
        Replays = new ReplayDesk(Replay, _feeds, live.Length);
        foreach (var group in _feeds.Where(feed => feed.Shaper is not null).GroupBy(feed => feed.Plan.Shaping!.From))
            _feeds[group.Key].Shapers = [.. group.Select(feed => feed.Shaper!)];
        var stampGate = new LoopGate();
        Stamp = new StampLoop(context, arrivals, live, plan.Sources.Select(source => source.Feed).ToArray(), stampGate);

        var inlets = 1 + plan.Sources.Select(source => source.Inlet).DefaultIfEmpty(-1).Max();
        Ingest = new IngestLoop<TSocket>(limits, _slab, freeSlots, toStamp, stampGate, inlets);
        _receivers = plan.Sources.Select(source => new SourceReceiver(source, limits, OwnOutputs)).ToArray();
        for (var i = 0; i < _receivers.Length; i++)
            if (i < sourceSockets.Count)
                Ingest.AddSource(sourceSockets[i], _receivers[i]);
            else
                Ingest.AddVacantSource();

        var cname = System.Text.Encoding.ASCII.GetBytes(plan.Cname);
        if (plan.Sources.Any(source => source.Nack is not null))
        {
            var (missing, asked) = SpscRing.Create<LossNotice>(limits.HandOverMax);
            Feedback = new FeedbackLoop<TSocket>(_receivers, asked, cname, plan.Seed);
            Ingest.SetFeedback(missing, Feedback.Gate);
        }

        Desk = new ClientDesk(limits, plan.Feeds, command => command.Feed < live.Length ? Stamp.TryPost(in command) : Replay!.TryPost(in command));
        Sends = sendGates.Select((gate, index) => MakeSend(gate, index)).ToArray();

        SendLoop<TSocket> MakeSend(LoopGate gate, int index)
        {
            var (freedRows, freed) = SpscRing.Create<int>(limits.ClientsPerSendLoopMax);
            var send = new SendLoop<TSocket>(limits, _feeds, live.Length, clock, freedRows, gate, idle, start, cname, plan.Seed + (ulong)index);
            Desk.AddShard(send, freed);
            return send;
        }
    }

    // A shaped feed has slots of its own, which only the stamp thread takes and gives back: ingest never hears of them.
    private static Feed MakeFeed(int index, FeedPlan plan, StampContext context)
    {
        if (plan.Shaping is not { } shaping)
            return new Feed(index, plan, context);
        var slab = new Slab(context.Limits.FeedWindowPackets, FeedShaper.SlotBytes(shaping.TsPackets));
        var (returned, free) = SpscRing.Create<int>(slab.Slots);
        var shaper = new FeedShaper(shaping, slab, free);
        var feed = new Feed(index, plan, context with { Slab = slab, Returned = returned, ToStore = null }) { Shaper = shaper };
        shaper.Feed = feed;
        return feed;
    }

    // Their feeds are like any other, but of slots of their own, which only the replay thread takes and gives back.
    private static (Feed[] Feeds, ReplayLoop Loop, Slab Slab, PrefetchLoop Prefetch) MakeReplays(ReplayLimits plan, Feed[] live, StampContext context)
    {
        var slab = new Slab(0, context.Limits.SlotBytes, plan.Slots);
        var (returned, free) = SpscRing.Create<int>((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)slab.Slots));
        var limits = context.Limits with { FeedWindowPackets = FeedWindow.LeastPackets };
        var own = context with { Slab = slab, Returned = returned, ToStore = null, Limits = limits };
        var unspread = new BurstMeter();
        var feedPlan = new FeedPlan("replay", PaceMode.Arrival, BufferNs: 0, plan.QuantumNs, LeadNs: 2 * plan.LookNs, ClockRate: 0, Stored: false);
        var quiet = own with { SendGates = [] };        // the loop knocks for them
        Feed[] feeds = [.. live, .. Enumerable.Range(live.Length, plan.Count).Select(index => new Feed(index, feedPlan, quiet) { Unspread = unspread })];
        var prefetch = new StorePrefetch(StoreLimits.AheadBytes);
        var loop = new ReplayLoop(own, new ReplayContext(plan, new ReplaySlots(slab, free), prefetch), feeds, live.Length);
        return (feeds, loop, slab, new PrefetchLoop(prefetch));
    }

    public EnginePlan Plan { get; }

    /// <summary>How long arrived packets may lie in their sockets: every feed knows them so much longer before they are due. 0 when one does not.</summary>
    public long PatienceNs { get; }

    public IngestLoop<TSocket> Ingest { get; }
    public StampLoop Stamp { get; }
    public IReadOnlyList<SendLoop<TSocket>> Sends { get; }
    public StoreLoop? Store { get; }

    /// <summary>Asks senders for lost packets; null when no source has a <see cref="NackPlan"/>.</summary>
    public FeedbackLoop<TSocket>? Feedback { get; }
    public ClientDesk Desk { get; }

    /// <summary>Reads what is replayed; null when the plan has no replays.</summary>
    public ReplayLoop? Replay { get; }

    /// <summary>Keeps in memory what replays read next; null when the plan has none.</summary>
    public PrefetchLoop? Prefetch { get; }

    /// <summary>Where replays are opened.</summary>
    public ReplayDesk Replays { get; }

    /// <summary>What clients are sent, told by whoever makes them.</summary>
    public OwnOutputs OwnOutputs { get; } = new();

    /// <summary>
    /// Gives a vacant source a socket while the loops run; null when ingest is too busy to hear. The caller then has the socket
    /// watched; the port is where it listens. Control plane, one caller at a time.
    /// </summary>
    public SourceAttachment<TSocket>? TryAttach(int source, TSocket socket, int port)
    {
        var receiver = new SourceReceiver(Plan.Sources[source] with { Port = port }, Plan.Limits, OwnOutputs);
        var attachment = new SourceAttachment<TSocket>(source, socket, receiver);
        if (!Ingest.TryPost(new IngestCommand<TSocket>(source, attachment)))
            return null;
        Volatile.Write(ref _receivers[source], receiver);
        return attachment;
    }

    /// <summary>Takes the socket back: it may be closed when the attachment says so. False when ingest is too busy to hear.</summary>
    public bool TryDetach(SourceAttachment<TSocket> attachment) => Ingest.TryPost(new IngestCommand<TSocket>(attachment.Source, null));

    public FeedCounters FeedCounters(int feed) => _feeds[feed].Counters;

    /// <summary>What a shaped feed does to its stream; null for a feed with sources.</summary>
    public ShapingCounters? ShapingCounters(int feed) => _feeds[feed].Shaper?.Counters;

    public SourceCounters SourceCounters(int source) => _receivers[source].Counters;

    /// <summary>What a report to the source's sender says; nothing but zeros where nobody reports.</summary>
    public ReceptionCounters Reception(int source) => _receivers[source].Reception;

    /// <summary>The payload type that the source sends, −1 until it has sent.</summary>
    public int PayloadTypeOf(int source) => _receivers[source].PayloadType;

    /// <summary>Who sends to a source and with which SSRC; null before the first packet.</summary>
    public (DatagramAddress? Sender, uint? Ssrc) SenderOf(int source) =>
        _receivers[source].TryGetSender(out var sender) ? (sender, _receivers[source].Ssrc) : (null, null);

    /// <summary>Tells a feed the clock rate that its payload type turned out to have.</summary>
    public void SetClockRate(int feed, int clockRate) => _feeds[feed].Clock.ClockRate = clockRate;

    /// <summary>Tells a feed how its access points are found, now that its payload type is known.</summary>
    public void SetAccessCodec(int feed, AccessCodec codec)
    {
        if (_feeds[feed].Access is { } access)
            access.Codec = codec;
    }

    /// <summary>When a feed's trains close.</summary>
    public TrainGrid GridOf(int feed) => _feeds[feed].Grid;

    /// <summary>The feed's RTP clock at a delivery time: what a client's first timestamp may be chosen from.</summary>
    public uint RtpTimeAt(int feed, MonotonicTime deliveryTime) => _feeds[feed].Clock.At(deliveryTime.Ns);

    /// <inheritdoc cref="FeedClock.TryPlace"/>
    public bool TryPlace(int feed, uint sourceTimestamp, out long deliveryNs) => _feeds[feed].Clock.TryPlace(sourceTimestamp, out deliveryNs);

    /// <summary>At once while the feed has no client, slowly when it has: see <see cref="FeedClock.Shift"/>.</summary>
    public void SetShift(int feed, long shiftNs, MonotonicTime now) =>
        _feeds[feed].Clock.Shift(shiftNs, now.Ns, Volatile.Read(ref _feeds[feed].Counters.Clients) == 0);

    /// <inheritdoc cref="FeedClock.TryLag"/>
    public bool TryLag(int feed, uint timestamp, long deliveryNs, out long lagNs) => _feeds[feed].Clock.TryLag(timestamp, deliveryNs, out lagNs);

    /// <summary>The shift that <see cref="SetShift"/> has come to, ns.</summary>
    public long ShiftOf(int feed, MonotonicTime now) => _feeds[feed].Clock.ShiftAt(now.Ns);

    /// <summary>Packets per ms of a feed as they would leave without spreading.</summary>
    public BurstMeter Unspread(int feed) => _feeds[feed].Unspread;

    /// <summary>A new way out for every send loop's clients; the same index in each. Control plane, one caller at a time.</summary>
    public bool TryAddEgress(IReadOnlyList<Egress<TSocket>> onePerLoop, out int index)
    {
        index = _egresses;
        if (_egresses == SendLoop<TSocket>.EgressesMax)
            return false;
        for (var i = 0; i < Sends.Count; i++)
            if (!Sends[i].TryPost(new SendCommand(SendCommandKind.AddEgress, 0, null, null, 0, 0, onePerLoop[i])))
                return false;
        _egresses++;
        return true;
    }

    private int _egresses;

    public void Dispose()
    {
        Ingest.Dispose();
        Feedback?.Dispose();
        foreach (var send in Sends)
            send.Dispose();
        foreach (var feed in _feeds)
            feed.Shaper?.Dispose();
        Replay?.Dispose();
        _replaySlab?.Dispose();
        _slab.Dispose();
    }
}
