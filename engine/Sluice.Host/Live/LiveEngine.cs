using Sluice.Control.Offsets;
using System.Security.Cryptography;
using Sluice.Control.Access;
using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Host.Assets;
using Sluice.Host.Pull;
using Sluice.Host.Rtsp;
using Sluice.Host.Running;
using Sluice.Host.Streams;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// The engine at work: opens what a configuration asks for, runs the data plane's threads, and answers the control plane.
/// Start and dispose by one thread; everything else from any.
/// </summary>
internal class LiveEngine(EngineConfig config, IFramePump pump, ILoggerFactory logs) : IEngine
{
    private readonly ILogger _log = logs.CreateLogger("sluice.engine");
    private readonly List<LiveChannel> _channels = [];
    private readonly SourceSockets _sources = new();
    private EngineCore<DatagramSocket> _core = null!;
    private ThreadPlan _threads = null!;
    private LiveStore? _store;
    private StatusView _view = null!;
    private string _kernelShown = "", _threadsShown = "";
    private Housekeeping _housekeeping = null!;
    private KernelCapabilities _capabilities = null!;
    private LinkLoop? _links;
    private EngineThread? _linkThread;
    private IReadOnlyList<RtspPuller> _pullers = [];

    private readonly ConfiguredAccess _access = new(config);

    public EngineConfig Config => config;
    public IAccess Access => _access;
    public AccessCounters AccessCounters => _access.Counters;
    public EngineCore<DatagramSocket> Core => _core;
    public EngineClock Clock { get; } = new(SystemClock.WallMinusMonotonicNs());
    public IReadOnlyList<LiveChannel> Channels => _channels;
    public SourceSockets Sources => _sources;
    public LiveClients Clients { get; private set; } = null!;
    public ClientMaker Maker { get; private set; } = null!;
    public EgressPool Egresses { get; private set; } = null!;
    public LiveStore? Store => _store;
    public LiveTimes Times => _times ??= new LiveTimes(this);
    private LiveTimes? _times;

    public LiveOffsets Offsets => _offsets ??= new LiveOffsets(this, _log);
    private LiveOffsets? _offsets;

    public LiveReplays Replays => _replays ??= new LiveReplays(this);
    private LiveReplays? _replays;
    public LiveLoops Loops => _loops ??= new LiveLoops(this, _log);
    private LiveLoops? _loops;
    public LiveDescriptions Descriptions { get; private set; } = null!;
    public SapAnnouncer? Sap { get; private set; }

    public EngineAssets? Assets { get; private set; }
    private LiveAssets? _assets;
    private AssetPlayout? _playout;
    private EngineThread? _playoutThread;

    /// <summary>The sources that bring sessions of tracks, in the order of the configuration.</summary>
    public IReadOnlyList<SessionIntake> Intakes { get; private set; } = [];
    public LivePublishers Publishers { get; private set; } = null!;

    /// <summary>Null when nothing is relayed.</summary>
    public LiveRelays? Relays { get; private set; }

    /// <summary>The channels that are configured, then the groups that are relayed now.</summary>
    public IEnumerable<LiveChannel> AllChannels => _channels.Concat(Relays?.Channels ?? []);

    public IRtspEngine Rtsp => _rtsp ??= new LiveRtsp(this);
    private LiveRtsp? _rtsp;

    public LiveStreams Streams => _streams ??= new LiveStreams(this);
    IStreamEngine IEngine.Streams => Streams;
    private LiveStreams? _streams;

    /// <summary>Sessions that came by RTSP.</summary>
    public int RtspSessions => Clients.RtspCount;

    public virtual void Start()
    {
        _capabilities = KernelProbe.Run();
        _kernelShown = _capabilities.ToString();
        _log.Kernel(_kernelShown);
        OpenSources();
        _store = LiveStore.Open(config, _channels, _log);
        Build();
        foreach (var thread in _threads.Threads)
            thread.Start();
        foreach (var channel in _channels)
            AddConfiguredOutputs(channel);
        _linkThread?.Start();
        _pullers = [.. Intakes.Where(intake => intake.Source.Url.Pull is not null).Select(intake => new RtspPuller(intake, _log))];
        OpenAssets();
        _housekeeping = new Housekeeping(this, _view, _log);
        _threadsShown = _threads.Describe(config.Threads);
        _log.Running(_threadsShown, config.Profile.ToString().ToLowerInvariant());
    }

    /// <summary>A configured channel, or a stored object as "assets/NAME".</summary>
    public LiveChannel? FindChannel(string name) =>
        _channels.Find(channel => string.Equals(channel.Name, name, StringComparison.OrdinalIgnoreCase)) ?? _assets?.Find(name);

    /// <summary>Null for a source of plain datagrams.</summary>
    public SessionIntake? FindIntake(LiveSource source) => Intakes.FirstOrDefault(intake => intake.Source == source);

    // What people are shown; players ask for configured channels only.
    private LiveChannel? FindShown(string name) =>
        FindChannel(name) ?? Relays?.Channels.FirstOrDefault(channel => string.Equals(channel.Name, name, StringComparison.OrdinalIgnoreCase));

    private void OpenAssets()
    {
        Assets = config.Assets is { } assets ? EngineAssets.Open(assets, StoreOf, _log) : null;
        if (Assets is null)
            return;
        _assets = new LiveAssets(this, Assets.Desk.Library);
        Assets.Desk.OnDeleted = _assets.End;
        Assets.Transfers.Resume();
        StartPlayout(Assets.Desk.Library.TryFind);
    }

    private void StartPlayout(Func<string, Sluice.Store.Asset?> find)
    {
        List<AssetPlayer> players = [];
        foreach (var intake in Intakes.Where(intake => intake.Source.Url.Asset is not null))
        {
            players.Add(new AssetPlayer(intake, find, _log));
            intake.Watch = players[^1].Status;
        }
        if (players.Count == 0)
            return;
        _playout = new AssetPlayout(players);
        _playoutThread = new EngineThread([_playout], IdleStrategy.Of(EngineProfile.Eco), null, OnFault);
        _playoutThread.Start();
    }

    private (int? Tracks, Sluice.Store.ChannelStore? Store) StoreOf(string name) =>
        FindChannel(name) is { } channel ? (channel.Tracks.Count(track => track.IsPresent), _store?.Of(channel)) : (null, null);

    /// <summary>Stops sending to a client and keeps its place.</summary>
    public void Pause(LiveClient client) => _core.Desk.Pause(client.Seat);

    public EngineSnapshot Snapshot() => _view.Snapshot(_threadsShown, _kernelShown, _housekeeping.Alarms);

    IReadOnlyList<ClientStatus>? IEngineStatus.Clients(string channel) => FindShown(channel) is { } live ? _view.Clients(live) : null;

    public BurstPicture? Burst(string? channel) => channel is null ? _view.Burst(null) : FindShown(channel) is { } live ? _view.Burst(live) : null;

    public string? SessionDescription(string channel, string? output) => FindChannel(channel) is { } live ? Descriptions.Of(live, output) : null;

    public AddOutputResult AddOutput(string channel, OutputConfig output)
    {
        if (FindChannel(channel) is not { } live)
            return AddOutputResult.Refused(AddOutputRefusal.UnknownChannel, $"there is no channel \"{channel}\"");
        try
        {
            return AddOutput(live, output);
        }
        catch (EngineStartException e)
        {
            return AddOutputResult.Refused(AddOutputRefusal.Unusable, e.Message);
        }
    }

    IReadOnlyList<OutputOffset>? IEngineCommands.Offsets(string channel) => FindChannel(channel) is { } live ? Offsets.Of(live) : null;

    string? IEngineCommands.SetOffsets(string channel, IReadOnlyList<ProviderOffset> offsets) =>
        FindChannel(channel) is { } live ? Offsets.Set(live, offsets) : $"there is no channel \"{channel}\"";

    public bool RemoveClient(ulong id) => Clients.Remove(id);

    public virtual async ValueTask DisposeAsync()
    {
        if (_core is null)
        {
            _sources.Dispose();
            return;
        }
        await LeaveAsync();
        await Task.WhenAll(_pullers.Select(puller => puller.DisposeAsync().AsTask()));
        _playoutThread?.Dispose();
        _playout?.Dispose();
        if (Assets is not null)
            await Assets.DisposeAsync();
        if (_housekeeping is not null)      // null when an output could not be made, so that the start failed
            await _housekeeping.DisposeAsync();
        _linkThread?.Dispose();
        _links?.Dispose();
        Sap?.Dispose();
        foreach (var thread in _threads.Threads)
            thread.Dispose();
        _store?.Close(SystemClock.Now);
        Egresses.Dispose();
        Relays?.Dispose();
        _sources.Dispose();
        _core.Dispose();
    }

    // The send loops take their mail within a tick; the BYEs are out when every row has come back and every frame is written.
    public async Task LeaveAsync()
    {
        Sap?.Leave(SystemClock.Now);
        var leaving = Clients.All.ToArray();
        foreach (var client in leaving)
            Clients.Remove(client.Id);
        for (var tries = 0; tries < GoodbyeTriesMax && (_core.Desk.HasUnfreedRows || leaving.Any(client => client.Spec.Frames is { Count: > 0 })); tries++)
            await Task.Delay(GoodbyeStepMs);
    }

    private const int GoodbyeTriesMax = 100;
    private const int GoodbyeStepMs = 5;

    private int FeedCount => _channels.Sum(channel => channel.Tracks.Count);

    private void OpenSources()
    {
        foreach (var channel in config.Channels)
        {
            var first = _sources.Count;
            // Port 0 is the kernel's choice (the demo's source): from here on it has its number.
            var named = channel with { Sources = [.. channel.Sources.Select(source => Open(channel, source))] };
            _channels.Add(new LiveChannel(named, _channels.Count, FeedCount, first, PlanMaker.QuantumNs(config, channel)));
        }
    }

    private SourceUrl Open(ChannelConfig channel, SourceUrl source)
    {
        if (!source.IsSession)
            return source with { Port = _sources.Open(channel.Name, source).LocalPort };
        _sources.AddVacant(channel.Name, source, channel.Tracks);
        return source;
    }

    private void Build()
    {
        var plan = PlanMaker.Make(config, _channels, SendLoops(), RandomNumberGenerator.GetHexString(CnameDigits, lowercase: true), _store is not null);
        _core = new EngineCore<DatagramSocket>(plan, _sources.Sockets, _store?.ByFeed(plan.Feeds.Count), Clock, SystemClock.Now);
        foreach (var send in _core.Sends)
            send.Frames = pump;
        foreach (var track in _channels.SelectMany(channel => channel.Tracks))
            _core.Store?.SetMedia(track.Feed, LiveStore.MediaOf(track));
        _threads = new ThreadPlan(_core, config.Threads, plan.Profile, OnFault);
        Egresses = new EgressPool(_core, _threads.SendThreads, _capabilities.Gso);
        Clients = new LiveClients(_core);
        Maker = new ClientMaker(_core, Egresses, Clients, config.Limits.Clients);
        Descriptions = new LiveDescriptions(this);
        Sap = config.Sap is { } sap ? new SapAnnouncer(this, sap, _log) : null;
        Publishers = new LivePublishers(this);
        Intakes = [.. _channels.SelectMany(channel => channel.Sources.Where(source => source.Url.IsSession).Select(source => (channel, source)))
            .Select((one, inlet) => new SessionIntake(this, one.channel, one.source, _core.Ingest.Inlets[inlet], _log))];
        Relays = config.Relay is { } relay ? new LiveRelays(this, relay, _threads.IngestThread, _log) : null;
        _view = new StatusView(this);
        if (!_sources.TryWatch(_core, _threads.IngestThread)
            || (_core.Feedback is { } feedback && !_sources.TryWatchReports(feedback, _threads.FeedbackThread!)))
            throw new EngineStartException("the kernel refuses to watch another socket: raise the limit on open files (ulimit -n)");
        WatchLinks();
    }

    // Without it devices still come back, only later: by the back-off of the source watch.
    private void WatchLinks()
    {
        if (!LinkWatch.TryOpen(out var watch, out var error))
        {
            _log.LinksNotWatched(error.Message);
            return;
        }
        _links = new LinkLoop(this, watch!, _log);
        _linkThread = new EngineThread([_links], IdleStrategy.Of(EngineProfile.Eco), null, OnFault);
        _linkThread.TryWatch(_links, watch!.Handle, 0);
    }

    /// <summary>RFC 7022 §4.2: 96 random bits, new at every start.</summary>
    private const int CnameDigits = 24;

    private int SendLoops() => ThreadPlan.SendLoops(config.Threads, ThreadControl.AvailableCores().Count);

    private void AddConfiguredOutputs(LiveChannel channel)
    {
        foreach (var output in channel.Config.Outputs)
        {
            if (output.Loop is not null)
            {
                Loops.Expect(channel, output);
                continue;
            }
            var added = AddOutput(channel, output);
            if (!added.IsAdded)
                throw new EngineStartException($"channel {channel.Name}: cannot send to {output.To}: {added.Reason}");
        }
    }

    private AddOutputResult AddOutput(LiveChannel channel, OutputConfig output)
    {
        if (output.Track >= channel.Tracks.Count)
            return AddOutputResult.Refused(AddOutputRefusal.Unusable, ChannelConfig.NoTrack(output.Track, channel.Tracks.Count));
        if (output.Loop is { } loop)
            return AddLoop(channel, output, loop);
        if (output.OffsetNs == 0)
            return AddOutput(channel, output, OutputWish.Make(channel, output));
        if (Replays.TryShare(channel, output.Track, output.OffsetNs, out var none) is not { } share)
            return AddOutputResult.Refused(AddOutputRefusal.Unusable, none);
        var isAdded = false;
        try
        {
            var result = AddOutput(channel, output, OutputWish.Make(channel, output, share.Feed) with { OnGone = share.Release });
            isAdded = result.IsAdded;
            return result;
        }
        finally
        {
            if (!isAdded)
                share.Release();
        }
    }

    private AddOutputResult AddLoop(LiveChannel channel, OutputConfig output, LoopConfig loop)
    {
        var wish = OutputWish.Make(channel, output);
        if (Loops.TryOpen(channel, loop, out var none) is not { } feed)
            return AddOutputResult.Refused(AddOutputRefusal.Unusable, none);
        var result = AddOutput(channel, output, wish with { Feed = feed.Ticket.Feed, Loop = feed, OnGone = () => Loops.Close(feed) });
        if (!result.IsAdded)
            Loops.Close(feed);
        return result;
    }

    private AddOutputResult AddOutput(LiveChannel channel, OutputConfig output, ClientWish wish)
    {
        if (wish.Feed is null)
            return AddOutputResult.Refused(AddOutputRefusal.Unusable, NotShaped(channel, output.Shaping!));
        var to = wish.To.ToString();
        if (Clients.All.Any(client => client.Address == to && client.Egress.Interface == wish.Egress.Interface
                && Equals(client.Egress.Source, wish.Egress.Source)))
            return AddOutputResult.Refused(AddOutputRefusal.Duplicate, $"{output.To} is served already");
        if (Maker.Make(wish with { Sibling = OutputBundle.Find(wish, Clients) }, out var refusal, out var reason) is not { } client)
            return AddOutputResult.Refused(refusal, reason);
        if (Maker.TryPlay(client, client.First))
            return AddOutputResult.Added(client.Id);
        Clients.Remove(client.Id);
        return AddOutputResult.Refused(AddOutputRefusal.Busy, "the engine is too busy to take another client now");
    }

    // Memory for a shaped feed is taken at start, for the ways of shaping that the configuration names.
    private static string NotShaped(LiveChannel channel, ShapingConfig shaping) =>
        $"channel {channel.Name} has no feed of {shaping}; it has "
        + (channel.Shaped.Count == 0 ? "none that is shaped" : string.Join("; ", channel.Shaped.Keys)) + ": configure an output like it, and start anew";

    // A loop that throws is our own bug, and what it left behind cannot be trusted: the process ends and a supervisor
    // starts it anew, which takes less than a second.
    private void OnFault(string thread, Exception fault)
    {
        _log.LoopFailed(fault, thread);
        Environment.FailFast($"the {thread} thread failed", fault);
    }
}
