using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// Batches of datagrams straight into slab slots, judged by each source's receiver, in order onto the ring to the stamp
/// loop. Never looks at a client. One thread; sources are added before it starts.
/// </summary>
public sealed class IngestLoop<TSocket> : IEngineLoop, IDisposable where TSocket : struct, IDatagramSocket
{
    /// <summary>Batches read from one source in a pass, so that one flooded socket cannot keep the others waiting.</summary>
    private const int BatchesPerPass = 4;

    /// <summary>Sockets that may wait to take another's place; the control plane posts one at a time.</summary>
    private const int ReplacementsMax = 16;

    private struct Source
    {
        public TSocket Socket;
        public SourceReceiver Receiver;
        public bool Readable;
        public uint KernelDropsSeen;
    }

    private readonly Slab _slab;
    private readonly FreeSlots _free;
    private readonly RingWriter<ArrivedPacket> _toStamp;
    private readonly LoopGate _stampGate;
    private readonly ReceiveBatch _batch;
    private readonly int[] _batchSlots;
    private readonly Mailbox<(int Source, TSocket Socket)> _replacements = new(ReplacementsMax);
    private Source[] _sources = [];
    private long _replaced;
    private int _passedOn;

    internal IngestLoop(EngineLimits limits, Slab slab, RingReader<int> returned, RingWriter<ArrivedPacket> toStamp, LoopGate stampGate)
    {
        (_slab, _toStamp, _stampGate) = (slab, toStamp, stampGate);
        _free = new FreeSlots(slab.Slots, returned);
        _batch = new ReceiveBatch(limits.ReceiveBatchMax);
        _batchSlots = new int[limits.ReceiveBatchMax];
        for (var i = 0; i < _batchSlots.Length; i++)
        {
            _free.TryTake(out _batchSlots[i]);
            _batch.SetBuffer(i, slab.Address(_batchSlots[i]), slab.SlotBytes);
        }
    }

    public string Role => "ingest";
    public LoopGate Gate { get; } = new();
    public bool HasInput => _replacements.HasMail;      // the poller itself watches the sockets

    /// <summary>Sockets taken over so far; any thread. The one whose place was taken may be closed when this has grown.</summary>
    public long Replaced => Volatile.Read(ref _replaced);

    /// <summary>Any thread: from its next pass on, the loop reads this socket for the source. False when the mailbox is full.</summary>
    public bool TryReplace(int source, TSocket socket)
    {
        var posted = _replacements.TryPost((source, socket));
        Gate.Notify();
        return posted;
    }

    public void AnnounceSleep() => Gate.AnnounceSleep(wantsTrains: false);

    /// <summary>Slots that are neither in a batch nor in flight.</summary>
    public int FreeSlotCount => _free.Count;

    /// <summary>Before the loop starts: a source and its socket. Its tag is its index in the plan list.</summary>
    internal int AddSource(TSocket socket, SourceReceiver receiver)
    {
        Array.Resize(ref _sources, _sources.Length + 1);
        _sources[^1] = new Source { Socket = socket, Receiver = receiver };
        return _sources.Length - 1;
    }

    public void OnReadable(int tag) => _sources[tag].Readable = true;

    public MonotonicTime NextDeadline
    {
        get
        {
            var deadline = long.MaxValue;
            foreach (ref var source in _sources.AsSpan())
                deadline = Math.Min(deadline, source.Readable ? 0 : source.Receiver.DeadlineNs);
            return new MonotonicTime(deadline);
        }
    }

    public int DoWork(MonotonicTime now)
    {
        _passedOn = 0;
        TakeReplacements();
        _free.Collect();        // before taking: else the stack runs dry first and every slot of the slab gets its turn, cold
        var received = 0;
        foreach (ref var source in _sources.AsSpan())
        {
            if (source.Readable)
                received += Read(ref source, now);
            PassOn(source.Receiver, now);
        }
        if (_passedOn > 0)
            _stampGate.Notify();
        return received + _passedOn;
    }

    public void Dispose() => _batch.Dispose();

    private void TakeReplacements()
    {
        while (_replacements.TryTake(out var replacement))
        {
            ref var source = ref _sources[replacement.Source];
            (source.Socket, source.Readable, source.KernelDropsSeen) = (replacement.Socket, true, 0);
            Volatile.Write(ref _replaced, _replaced + 1);
        }
    }

    private int Read(ref Source source, MonotonicTime now)
    {
        var total = 0;
        for (var round = 0; round < BatchesPerPass; round++)
        {
            var received = source.Socket.ReceiveBatch(_batch, now);
            if (received < 0)
                CountError(source.Receiver.Counters, -received);
            for (var i = 0; i < received; i++)
                Take(ref source, i, now);
            total += Math.Max(received, 0);
            if (received >= _batch.Capacity)
                continue;
            source.Readable = false;
            break;
        }
        return total;
    }

    private void Take(ref Source source, int index, MonotonicTime now)
    {
        var counters = source.Receiver.Counters;
        CountKernelDrops(ref source, _batch.QueueOverflow(index));
        if (_batch.IsTruncated(index))
        {
            counters.Oversize++;
            return;
        }
        // The slot goes away with the packet, so the batch needs another one first.
        if (!_free.TryTake(out var replacement))
        {
            counters.SlabFull++;
            return;
        }
        var slot = _batchSlots[index];
        var packet = new ArrivedPacket { Slot = slot, Source = source.Receiver.Plan.Index, ArrivalNs = _batch.ArrivalNs(index) };
        if (!source.Receiver.Offer(_slab.Bytes(slot)[.._batch.Length(index)], in _batch.From(index), ref packet))
        {
            _free.Return(replacement);
            return;
        }
        _slab.Renew(replacement);
        _batchSlots[index] = replacement;
        _batch.SetBuffer(index, _slab.Address(replacement), _slab.SlotBytes);
        PassOn(source.Receiver, now);
    }

    private void PassOn(SourceReceiver receiver, MonotonicTime now)
    {
        while (receiver.TryTake(now.Ns, out var packet))
        {
            if (_toStamp.TryWrite(in packet))
            {
                _passedOn++;
                continue;
            }
            receiver.Counters.HandOverFull++;
            receiver.OnDropped(in packet);
            _free.Return(packet.Slot);
        }
    }

    // The kernel's count is 32 bits and only ever grows; the difference survives its wrap.
    private static void CountKernelDrops(ref Source source, uint dropsNow)
    {
        source.Receiver.Counters.KernelDrops += dropsNow - source.KernelDropsSeen;
        source.KernelDropsSeen = dropsNow;
    }

    private static void CountError(SourceCounters counters, int errno)
    {
        counters.ReceiveErrors++;
        counters.LastErrno = errno;
    }
}
