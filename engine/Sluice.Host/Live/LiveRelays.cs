using Sluice.Control.Configuration;
using Sluice.Control.Relays;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Host.Running;
using Sluice.Host.Streams;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// Groups that viewers ask for by URL: each is joined once, however many watch it, in one of the feeds that were made for this at
/// start, and left when the last has gone and the linger time is over. Any control thread; takes a lock.
/// </summary>
internal sealed class LiveRelays : IDisposable
{
    /// <summary>
    /// A feed is not used again before the last packet of its old group has left the data plane: reorder window, quantum and late bound.
    /// </summary>
    private static readonly TimeSpan s_coolDown = TimeSpan.FromSeconds(1);

    /// <summary>Ingest lets go of a socket within a pass.</summary>
    private static readonly TimeSpan s_releaseStep = TimeSpan.FromMilliseconds(2);

    /// <summary>A group at work.</summary>
    private sealed class Relay(int slot, LiveChannel channel, SourceAttachment<DatagramSocket> attachment)
    {
        public readonly int Slot = slot;
        public readonly LiveChannel Channel = channel;
        public readonly SourceAttachment<DatagramSocket> Attachment = attachment;
        public int Viewers;

        /// <summary>Which of its emptyings this is: one that was followed by a viewer leaves nothing.</summary>
        public int Emptied;
    }

    private readonly Lock _lock = new();
    private readonly LiveEngine _engine;
    private readonly RelayConfig _config;
    private readonly EngineThread _ingest;
    private readonly ILogger _log;
    private readonly Dictionary<string, Relay> _relays = [];
    private readonly SortedSet<int> _free;
    private readonly int _firstFeed, _firstSource;
    private volatile IReadOnlyList<LiveChannel> _channels = [];
    private bool _isDisposed;

    public LiveRelays(LiveEngine engine, RelayConfig config, EngineThread ingest, ILogger log)
    {
        (_engine, _config, _ingest, _log) = (engine, config, ingest, log);
        _firstFeed = engine.Core.Plan.Feeds.Count - config.Slots;
        _firstSource = engine.Core.Plan.Sources.Count - config.Slots;
        _free = [.. Enumerable.Range(0, config.Slots)];
    }

    /// <summary>The groups that are joined now, as channels.</summary>
    public IReadOnlyList<LiveChannel> Channels => _channels;

    public IStreamSource Open(RelayRequest request) => new LiveRelayStream(this, _engine, request);

    /// <summary>One more viewer of a group, which is joined when it is the first; null with the reason.</summary>
    public LiveChannel? Enter(RelayRequest request, out AddOutputRefusal refusal, out string reason)
    {
        lock (_lock)
        {
            (refusal, reason) = (AddOutputRefusal.Busy, "the engine stops");
            var name = NameOf(request);
            if (_isDisposed || (!_relays.TryGetValue(name, out var relay) && (relay = TryJoin(name, request, out refusal, out reason)) is null))
                return null;
            relay.Viewers++;
            return relay.Channel;
        }
    }

    /// <summary>A viewer has gone.</summary>
    public void Leave(LiveChannel channel)
    {
        lock (_lock)
        {
            if (!_relays.TryGetValue(channel.Name, out var relay) || relay.Channel != channel || --relay.Viewers > 0)
                return;
            _ = LeaveLaterAsync(relay, ++relay.Emptied);
        }
    }

    /// <summary>Leaves a group and joins it again, because it is silent; true as well when nobody watches it any more.</summary>
    public bool TryRejoin(LiveChannel channel, out LinuxError error)
    {
        error = default;
        lock (_lock)
            return !_relays.TryGetValue(channel.Name, out var relay) || relay.Channel != channel || relay.Attachment.Socket.TryRejoin(out error);
    }

    /// <summary>After the threads have ended: closes what is open.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var relay in _relays.Values)
                relay.Attachment.Socket.Dispose();
            _relays.Clear();
        }
    }

    private string NameOf(RelayRequest request) =>
        request.Interface is { } device && device != _config.Interface ? $"{request}?iface={device}" : request.ToString();

    private Relay? TryJoin(string name, RelayRequest request, out AddOutputRefusal refusal, out string reason)
    {
        (refusal, reason) = (AddOutputRefusal.Busy, $"all {_config.Slots} groups that are relayed at a time are in use");
        if (_free.Count == 0)
            return null;
        var slot = _free.Min;
        var url = new SourceUrl(
            MediaScheme.Udp, request.Group.ToString(), request.Port, request.Source?.ToString(), request.Interface ?? _config.Interface);
        try
        {
            var socket = LiveSockets.OpenSource(name, url);
            if (TryAttach(slot, socket, request.Port) is { } attachment)
                return Add(name, slot, url, attachment);
            reason = "the engine is too busy to join another group now";
        }
        catch (EngineStartException e)
        {
            (refusal, reason) = (AddOutputRefusal.Unusable, e.Message);
        }
        return null;
    }

    private SourceAttachment<DatagramSocket>? TryAttach(int slot, DatagramSocket socket, int port)
    {
        var source = _firstSource + slot;
        if (_engine.Core.TryAttach(source, socket, port) is not { } attachment)
        {
            socket.Dispose();
            return null;
        }
        // Ingest looks once when it gets the socket; from then on the poller tells it.
        if (_ingest.TryWatch(_engine.Core.Ingest, socket.Handle, source))
            return attachment;
        _free.Remove(slot);
        _ = CloseAsync(slot, attachment);
        return null;
    }

    private Relay Add(string name, int slot, SourceUrl url, SourceAttachment<DatagramSocket> attachment)
    {
        var config = new ChannelConfig { Name = name, Sources = [url], Delay = _config.Delay, Slow = _engine.Config.Streams.Slow };
        var quantumNs = PlanMaker.QuantumNs(_engine.Config, config);
        var relay = new Relay(slot, new LiveChannel(config, _engine.Channels.Count + slot, _firstFeed + slot, _firstSource + slot, quantumNs), attachment);
        _free.Remove(slot);
        _relays.Add(name, relay);
        Publish();
        _log.RelayJoined(name);
        return relay;
    }

    private void Publish() => _channels = [.. _relays.Values.Select(relay => relay.Channel)];

    private async Task LeaveLaterAsync(Relay relay, int emptied)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(_config.LingerNs / 1e6));
        lock (_lock)
        {
            if (_isDisposed || relay.Viewers > 0 || relay.Emptied != emptied)
                return;
            _relays.Remove(relay.Channel.Name);
            Publish();
        }
        _log.RelayLeft(relay.Channel.Name);
        await CloseAsync(relay.Slot, relay.Attachment);
    }

    // The socket is closed, and so the group left, when ingest has let go of it.
    private async Task CloseAsync(int slot, SourceAttachment<DatagramSocket> attachment)
    {
        _ingest.Unwatch(attachment.Socket.Handle);
        while (!_engine.Core.TryDetach(attachment))
            await Task.Delay(s_releaseStep);
        while (!attachment.IsReleased)
            await Task.Delay(s_releaseStep);
        attachment.Socket.Dispose();
        await Task.Delay(s_coolDown);
        lock (_lock)
            _free.Add(slot);
    }
}

/// <summary>One group as HTTP-TS sees it: joined when somebody watches.</summary>
internal sealed class LiveRelayStream(LiveRelays relays, LiveEngine engine, RelayRequest request) : IStreamSource
{
    public string Name => request.ToString();
    public string Media => "MP2T/90000";
    public bool IsTransportStream => true;
    public SlowReader Slow => engine.Config.Streams.Slow;

    public AddOutputResult Join(StreamViewer viewer)
    {
        if (relays.Enter(request, out var refusal, out var reason) is not { } channel)
            return AddOutputResult.Refused(refusal, reason);
        var stream = new LiveStream(engine, channel);
        var onGone = viewer.OnGone;
        var joined = stream.Join(viewer with
        {
            OnGone = () =>
            {
                relays.Leave(channel);
                onGone();
            },
        });
        // A client that was made and then refused has said by itself that it is gone.
        if (!joined.IsAdded && !stream.WasMade)
            relays.Leave(channel);
        return joined;
    }
}
