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
    private readonly PacketInlet[] _inlets;
    private Source[] _sources = [];
    private int _passedOn;

    internal IngestLoop(
        EngineLimits limits, Slab slab, RingReader<int> returned, RingWriter<ArrivedPacket> toStamp, LoopGate stampGate, int inlets)
    {
        _inlets = [.. Enumerable.Range(0, inlets).Select(_ => new PacketInlet(limits.InletBytes, Gate))];
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

    /// <summary>The poller itself watches the sockets; the inlets are looked at.</summary>
    public bool HasInput
    {
        get
        {
            foreach (var inlet in _inlets)
                if (inlet.HasInput)
                    return true;
            return false;
        }
    }

    /// <summary>Where the control plane puts what comes over stream connections.</summary>
    public IReadOnlyList<PacketInlet> Inlets => _inlets;

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
            var deadline = HasInput ? 0 : long.MaxValue;
            foreach (ref var source in _sources.AsSpan())
                deadline = Math.Min(deadline, source.Readable ? 0 : source.Receiver.DeadlineNs);
            return new MonotonicTime(deadline);
        }
    }

    public int DoWork(MonotonicTime now)
    {
        _passedOn = 0;
        _free.Collect();        // before taking: else the stack runs dry first and every slot of the slab gets its turn, cold
        var received = 0;
        foreach (var inlet in _inlets)
            received += Read(inlet, now);
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

    // What a socket's batches are: so many entries of one connection in a pass, so that one cannot keep the others waiting.
    private int Read(PacketInlet inlet, MonotonicTime now)
    {
        var taken = 0;
        for (; taken < BatchesPerPass * _batch.Capacity && inlet.TryPeek(out var entry); taken++)
        {
            var receiver = _sources[entry.Source].Receiver;
            if (entry.Kind == InletEntryKind.Packet)
                Take(inlet, receiver, in entry, now);
            else
                Apply(inlet, receiver, in entry);
        }
        return taken;
    }

    private static void Apply(PacketInlet inlet, SourceReceiver receiver, in InletEntry entry)
    {
        if (entry.Kind == InletEntryKind.Bind)
            receiver.ListenTo(in entry.Peer, entry.PayloadType);
        else
            receiver.Close();
        inlet.Take(in entry, default);
    }

    private void Take(PacketInlet inlet, SourceReceiver receiver, in InletEntry entry, MonotonicTime now)
    {
        if (entry.Length > _slab.SlotBytes || !_free.TryTake(out var slot))
        {
            CountNotTaken(receiver.Counters, entry.Length > _slab.SlotBytes);
            inlet.Take(in entry, default);
            return;
        }
        _slab.Renew(slot);
        inlet.Take(in entry, _slab.Bytes(slot));
        var packet = new ArrivedPacket { Slot = slot, Source = receiver.Plan.Index, ArrivalNs = entry.ArrivalNs };
        if (receiver.Offer(_slab.Bytes(slot)[..entry.Length], in entry.Peer, ref packet))
            PassOn(receiver, now);
        else
            _free.Return(slot);
    }

    private static void CountNotTaken(SourceCounters counters, bool isOversize)
    {
        if (isOversize)
            counters.Oversize++;
        else
            counters.SlabFull++;
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
