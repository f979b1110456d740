using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// Speaks RTCP to the senders of sources: NACKs for what ingest misses, at once, and receiver reports at their intervals. A loop of its own,
/// because ingest makes no system call but receiving. It sleeps while nothing is missing.
/// </summary>
public sealed class FeedbackLoop<TSocket> : IEngineLoop, IDisposable where TSocket : struct, IDatagramSocket
{
    private const int BatchMax = 16;
    private const int DatagramMax = 1_500;

    private sealed class Peer(SourcePeer state, TSocket socket)
    {
        public SourcePeer State => state;
        public TSocket Socket => socket;
        public bool IsReadable;
    }

    private readonly SourceReceiver[] _receivers;
    private readonly RingReader<LossNotice> _notices;
    private readonly byte[] _cname;
    private readonly ulong _seed;
    private readonly Peer?[] _peers;
    private readonly byte[] _compound = new byte[SourcePeer.CompoundMax];
    private readonly ReceiveBatch _batch = new(BatchMax);
    private readonly NativeBuffer _memory = new((long)BatchMax * DatagramMax, prefault: true);

    internal FeedbackLoop(SourceReceiver[] receivers, RingReader<LossNotice> notices, byte[] cname, ulong seed)
    {
        (_receivers, _notices, _cname, _seed) = (receivers, notices, cname, seed);
        _peers = new Peer?[receivers.Length];
        for (var i = 0; i < BatchMax; i++)
            _batch.SetBuffer(i, _memory.Address + i * DatagramMax, DatagramMax);
    }

    public string Role => "feedback";
    public LoopGate Gate { get; } = new();
    public bool HasInput => _notices.Count > 0;
    public void OnReadable(int tag) => _peers[tag]!.IsReadable = true;
    public void AnnounceSleep() => Gate.AnnounceSleep(wantsTrains: false);

    public MonotonicTime NextDeadline
    {
        get
        {
            var deadline = long.MaxValue;
            foreach (var peer in _peers)
                if (peer is not null)
                    deadline = Math.Min(deadline, peer.IsReadable ? 0 : peer.State.NextReportNs);
            return new MonotonicTime(HasInput ? 0 : deadline);
        }
    }

    /// <summary>Before the loop starts: the RTCP socket of a source that has a <see cref="NackPlan"/>.</summary>
    public void AddSource(int source, TSocket rtcp) =>
        _peers[source] = new Peer(new SourcePeer(_receivers[source], _cname, _seed + (ulong)source), rtcp) { IsReadable = true };

    public int DoWork(MonotonicTime now)
    {
        var done = 0;
        foreach (var peer in _peers)
            if (peer is { IsReadable: true })
                done += Read(peer, now);
        while (_notices.TryRead(out var notice))
        {
            if (_peers[notice.Source] is not { } peer)
                continue;
            if (!peer.State.TryAdd(in notice))
            {
                Send(peer, now);
                peer.State.TryAdd(in notice);
            }
            done++;
        }
        foreach (var peer in _peers)
            if (peer is not null && (peer.State.HasMissing || peer.State.NextReportNs <= now.Ns))
                Send(peer, now);
        return done;
    }

    public void Dispose()
    {
        _batch.Dispose();
        _memory.Dispose();
    }

    private int Read(Peer peer, MonotonicTime now)
    {
        var received = peer.Socket.ReceiveBatch(_batch, now);
        for (var i = 0; i < received; i++)
            peer.State.Take(NativeSpan.ReadOnly(_memory.Address + i * DatagramMax, _batch.Length(i)), _batch.From(i), now);
        peer.IsReadable = received >= BatchMax;
        return Math.Max(received, 0);
    }

    private void Send(Peer peer, MonotonicTime now)
    {
        var isNack = peer.State.HasMissing;
        var hasSender = peer.State.TryGetAddress(out var to);
        if (hasSender)
            Count(peer.State.Counters, isNack, peer.Socket.SendTo(in to, _compound.AsSpan(0, peer.State.Write(_compound, now))));
        if (!isNack)
            peer.State.Schedule(now, hasSender);
    }

    private static void Count(SourceCounters counters, bool isNack, int result)
    {
        if (result < 0)
            counters.FeedbackErrors++;
        else if (isNack)
            counters.NacksSent++;
        else
            counters.ReportsSent++;
    }
}
