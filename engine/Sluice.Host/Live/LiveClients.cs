using System.Collections.Concurrent;
using Sluice.Control;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>One client that the control plane knows: its seat in the data plane and what people are told of it.</summary>
internal sealed class LiveClient
{
    public required ulong Id { get; init; }
    public required LiveChannel Channel { get; init; }
    public required LiveTrack Track { get; init; }

    /// <summary>Came to a session that had a client for another track already.</summary>
    public bool IsFollower { get; init; }
    public required Control.Status.ClientKind Kind { get; init; }
    public required ClientSeat Seat { get; init; }
    public required ClientSpec Spec { get; init; }

    /// <summary>The index that its delay came from, −1 for a delay of its own.</summary>
    public required int DelayIndex { get; init; }
    public required string Address { get; init; }

    /// <summary>What was configured or posted; null for a client that came by itself.</summary>
    public Control.Configuration.OutputConfig? Output { get; init; }

    /// <summary>The outputs that it belongs to; null for a client that came by itself.</summary>
    public OutputBundle? Bundle { get; init; }

    /// <summary>What it repeats; null = nothing.</summary>
    public LoopFeed? Loop { get; init; }

    /// <summary>Which way out it has; without meaning for framed clients.</summary>
    public EgressKey Egress { get; init; }
    public required DateTimeOffset Since { get; init; }

    /// <summary>Where PLAY begins the first time.</summary>
    public required Control.Rtsp.PlayPosition First { get; init; }
    public Action? OnGone { get; init; }
    public bool HasPlayed { get; set; }

    /// <summary>What it plays of the past; null = now. Whoever runs its session, one at a time.</summary>
    public LiveReplay? Replay { get; set; }

    /// <summary>As the data plane is to have it: on the feed of what it replays, or on its channel's.</summary>
    public ClientSpec Seated => Replay is { IsClosed: false } replay ? replay.Spec : Spec;

    /// <summary>Ends when reports that once came have been missing for so long, or on a BYE; null = neither ends it (a destination that
    /// was configured; a session has its own timeout).</summary>
    public long? TimeoutNs { get; init; }

    /// <summary>Whether it came by itself: then its BYE ends it.</summary>
    public bool IsSession => Kind is Control.Status.ClientKind.RtspUdp or Control.Status.ClientKind.RtspTcp;
}

/// <summary>All clients of the engine by id. Ids are never used again. Any control thread.</summary>
internal sealed class LiveClients(EngineCore<DatagramSocket> core)
{
    private readonly ConcurrentDictionary<ulong, LiveClient> _clients = new();
    private long _lastId;
    private int _rtspCount;

    public int Count => _clients.Count;

    /// <summary>Sessions that came by RTSP: the first of a session's clients counts for all of its tracks.</summary>
    public int RtspCount => Volatile.Read(ref _rtspCount);

    /// <summary>Those that come or go meanwhile may be among them or not. Not the dictionary's Values, which are a copy of all.</summary>
    public IEnumerable<LiveClient> All
    {
        get
        {
            foreach (var (_, client) in _clients)
                yield return client;
        }
    }

    public ulong NextId() => (ulong)Interlocked.Increment(ref _lastId);

    public void Add(LiveClient client)
    {
        _clients[client.Id] = client;
        core.OwnOutputs.Add(client.Channel.Feed, client.Spec);
        if (client is { IsSession: true, IsFollower: false })
            Interlocked.Increment(ref _rtspCount);
    }

    public LiveClient? Find(ulong id) => _clients.GetValueOrDefault(id);

    /// <summary>Ends a client with a BYE and gives its row and its delay back. False when it is gone already.</summary>
    public bool Remove(ulong id)
    {
        if (!_clients.TryRemove(id, out var client))
            return false;
        if (client is { IsSession: true, IsFollower: false })
            Interlocked.Decrement(ref _rtspCount);
        core.Desk.Remove(client.Seat);
        client.Replay?.Close();
        core.OwnOutputs.Remove(client.Channel.Feed, client.Spec);
        if (client.DelayIndex >= 0)
            client.Channel.ReturnDelay(client.DelayIndex);
        client.OnGone?.Invoke();
        return true;
    }

    /// <summary>RTSP names a row by index and generation; the id is both.</summary>
    public static ClientId ToClientId(ulong id) => new((int)(id & int.MaxValue), (int)(id >> 31));

    public static ulong FromClientId(ClientId id) => (ulong)(uint)id.Index | (ulong)(uint)id.Generation << 31;
}
