using System.Collections.Concurrent;
using Sluice.Linux;
using Sluice.Load.Scoring;

namespace Sluice.Load.Receiving;

/// <summary>
/// Any number of receivers on one thread with one epoll: UDP sockets read in batches, and whatever else is <see cref="Readable"/>.
/// Open first, then <see cref="Run"/>; other threads may <see cref="Post"/> and <see cref="Stop"/>.
/// </summary>
public sealed class ReceiverSet : IDisposable
{
    private const long WaitMaxNs = 50_000_000;
    private readonly Poller _poller = new();
    private readonly List<Readable?> _items = [];
    private readonly Stack<int> _freeTags = [];
    private readonly PriorityQueue<Action<long>, long> _timers = new();
    private readonly ConcurrentQueue<Action> _posts = new();
    private readonly KernelDrops _drops = new();
    private (double Busy, double Starved, long CpuNs) _effort;
    private volatile bool _stopping;

    public ReceiverSet(Score score) => Score = score;

    public Score Score { get; }

    internal DatagramReader Reader { get; } = new();

    /// <summary>Instant of the newest packet, or of the start: for stopping when nothing comes any more.</summary>
    public long LastPacketNs { get; private set; }

    /// <summary>Opens every port of the plan. False: nothing more is opened, and the error says what to do.</summary>
    public bool TryOpen(ReceivePlan plan, out LinuxError error)
    {
        ArgumentNullException.ThrowIfNull(plan);
        error = default;
        OpenFileLimit.Raise(plan.Clients + 256);
        for (var client = 0; client < plan.Clients; client++)
        {
            if (!DatagramSocket.TryOpen(OptionsOf(plan, plan.PortOf(client)), out var socket, out error)) return false;
            Add(new UdpReceiver(socket, Score.AddClient($"udp:{plan.Address}:{plan.PortOf(client)}")));
        }
        return true;
    }

    internal static DatagramSocketOptions OptionsOf(ReceivePlan plan, int port) => new()
    {
        BindAddress = plan.IsMulticast ? null : plan.Address,
        MulticastGroup = plan.IsMulticast ? plan.Address : null,
        SourceFilter = plan.SourceFilter,
        ReuseAddress = plan.IsMulticast,
        Interface = plan.Interface,
        Port = port,
        ReceiveBufferBytes = plan.BufferBytes,
        ReceiveCoalesced = plan.Coalesced,
    };

    /// <summary>Receives until stopped or until the instant; then looks once more for what had arrived.</summary>
    public void Run(long untilNs)
    {
        var (startedNs, effort) = (SystemClock.Now.Ns, ThreadEffort.Begin());
        LastPacketNs = startedNs;
        Span<int> ready = stackalloc int[63];
        for (var nowNs = startedNs; !_stopping && nowNs < untilNs; nowNs = SystemClock.Now.Ns)
        {
            while (_posts.TryDequeue(out var post)) post();
            RunTimers(nowNs);
            ReadReady(_poller.Wait(WaitNs(nowNs, untilNs), ready), ready);
        }
        LastLook(untilNs, ready);
        _effort = effort.End();
        Score.Finish();
    }

    public void Stop()
    {
        _stopping = true;
        _poller.Wake();
    }

    /// <summary>Runs on the receiving thread, soon.</summary>
    internal void Post(Action action)
    {
        _posts.Enqueue(action);
        _poller.Wake();
    }

    /// <summary>Runs on the receiving thread at an instant, which it is given.</summary>
    internal void At(long dueNs, Action<long> action) => _timers.Enqueue(action, dueNs);

    internal void Add(Readable item)
    {
        if (!_freeTags.TryPop(out var tag))
        {
            tag = _items.Count;
            _items.Add(null);
        }
        _items[tag] = item;
        item.Tag = tag;
        if (!_poller.TryAdd(item.Handle, tag)) throw new InvalidOperationException("epoll refuses a descriptor: is the limit of watches reached?");
    }

    /// <summary>Before its descriptor is closed.</summary>
    internal void Remove(Readable item)
    {
        var tag = item.Tag;
        if (tag < 0) return;
        item.Tag = -1;
        if (item is UdpReceiver udp) _drops.Keep(udp.Dropped);
        _poller.Remove(item.Handle);
        _items[tag] = null;
        _freeTags.Push(tag);
    }

    /// <summary>What this side lost; ask before <see cref="Dispose"/>, which closes the sockets that know it.</summary>
    public ReceiveLimits Limits() => _drops.Judge([.. _items.OfType<UdpReceiver>()], _effort);

    public void Dispose()
    {
        foreach (var item in _items.OfType<IDisposable>()) item.Dispose();
        _poller.Dispose();
        Reader.Dispose();
    }

    private void LastLook(long untilNs, Span<int> ready)
    {
        var boundNs = Math.Min(untilNs, SystemClock.Now.Ns) + WaitMaxNs;
        for (int count; (count = _poller.Wait(0, ready)) > 0 && SystemClock.Now.Ns < boundNs;) ReadReady(count, ready);
    }

    private void ReadReady(int count, ReadOnlySpan<int> ready)
    {
        var before = Score.PacketCount;
        var nowNs = SystemClock.Now.Ns;
        foreach (var tag in ready[..count]) _items[tag]?.OnReadable(this, nowNs);
        if (Score.PacketCount != before) LastPacketNs = nowNs;
    }

    private long WaitNs(long nowNs, long untilNs)
    {
        var waitNs = Math.Min(untilNs - nowNs, WaitMaxNs);
        return _timers.TryPeek(out _, out var dueNs) ? Math.Min(waitNs, dueNs - nowNs) : waitNs;
    }

    private void RunTimers(long nowNs)
    {
        while (_timers.TryPeek(out var action, out var dueNs) && dueNs <= nowNs)
        {
            _timers.Dequeue();
            action(nowNs);
        }
    }
}
