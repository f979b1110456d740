using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// Batches of datagrams straight into slab slots, judged by each source's receiver, in order onto the ring to the stamp
/// loop. Never looks at a client. One thread; sources are added before it starts, and vacant ones get and give back sockets
/// while it runs.
/// </summary>
public sealed class IngestLoop<TSocket> : IEngineLoop, IDisposable where TSocket : struct, IDatagramSocket
{
    /// <summary>Batches read from one source in a pass, so that one flooded socket cannot keep the others waiting.</summary>
    private const int BatchesPerPass = 4;

    /// <summary>Commands come from one control thread at a time and are few; a full mailbox is told.</summary>
    private const int MailboxMax = 512;

    private struct Source
    {
        public TSocket Socket;

        /// <summary>Null while the source is vacant.</summary>
        public SourceReceiver? Receiver;
        public SourceAttachment<TSocket>? Attachment;
        public bool Readable;
        public uint KernelDropsSeen;
    }

    private readonly Slab _slab;
    private readonly FreeSlots _free;
    private readonly RingWriter<ArrivedPacket> _toStamp;
    private readonly LoopGate _stampGate;
    private readonly ReceiveBatch _batch;
    private readonly int[] _batchSlots;
    private readonly Mailbox<IngestCommand<TSocket>> _mailbox = new(MailboxMax);
    private readonly PacketInlet[] _inlets;
    private Source[] _sources = [];
    private readonly LossNotice[] _notices = new LossNotice[SourceReceiver.AsksMax];
    private RingWriter<LossNotice>? _toFeedback;
    private LoopGate? _feedbackGate;
    private long _replaced;
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

    /// <summary>The poller itself watches the sockets; the inlets and the mailbox are looked at.</summary>
    public bool HasInput
    {
        get
        {
            foreach (var inlet in _inlets)
                if (inlet.HasInput)
                    return true;
            return _mailbox.HasMail;
        }
    }

    /// <summary>Where the control plane puts what comes over stream connections.</summary>
    public IReadOnlyList<PacketInlet> Inlets => _inlets;

    /// <summary>Sockets taken over (or away) so far; any thread. The one whose place was taken may be closed when this has grown.</summary>
    public long Replaced => Volatile.Read(ref _replaced);

    /// <summary>Any thread: from its next pass on, the loop reads this socket for the source. False when the mailbox is full.</summary>
    public bool TryReplace(int source, TSocket socket) => TryPost(new IngestCommand<TSocket>(source, null) { Replacement = socket });

    /// <summary>
    /// Any thread: from its next pass on, the loop reads no socket for the source, which counts as taken over. Nobody may watch the
    /// old one any more. False when the mailbox is full.
    /// </summary>
    public bool TryTakeAway(int source) => TryPost(new IngestCommand<TSocket>(source, null) { TakesAway = true });

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

    /// <summary>Before the loop starts: who asks senders for lost packets.</summary>
    internal void SetFeedback(RingWriter<LossNotice> notices, LoopGate gate) => (_toFeedback, _feedbackGate) = (notices, gate);

    /// <summary>Before the loop starts: a source that may get a socket later.</summary>
    internal void AddVacantSource() => Array.Resize(ref _sources, _sources.Length + 1);

    /// <summary>Any thread: false when the mailbox is full.</summary>
    internal bool TryPost(in IngestCommand<TSocket> command)
    {
        var posted = _mailbox.TryPost(in command);
        Gate.Notify();
        return posted;
    }

    public void OnReadable(int tag) => _sources[tag].Readable = true;

    public MonotonicTime NextDeadline
    {
        get
        {
            var deadline = HasInput ? 0 : long.MaxValue;
            foreach (ref var source in _sources.AsSpan())
                if (source.Receiver is { } receiver)
                    deadline = Math.Min(deadline, source.Readable ? 0 : receiver.DeadlineNs);
            return new MonotonicTime(deadline);
        }
    }

    public int DoWork(MonotonicTime now)
    {
        _passedOn = 0;
        TakeMail();
        _free.Collect();        // before taking: else the stack runs dry first and every slot of the slab gets its turn, cold
        var received = 0;
        foreach (var inlet in _inlets)
            received += Read(inlet, now);
        foreach (ref var source in _sources.AsSpan())
        {
            if (source.Receiver is not { } receiver)
                continue;
            if (source.Readable)
                received += Read(ref source, receiver, now);
            PassOn(receiver, now);
            if (receiver.NextAskNs <= now.Ns)
                Ask(receiver, now);
        }
        _toStamp.Publish();
        if (_passedOn > 0)
            _stampGate.Notify();
        return received + _passedOn;
    }

    public void Dispose() => _batch.Dispose();

    private void TakeMail()
    {
        while (_mailbox.TryTake(out var command))
        {
            ref var source = ref _sources[command.Source];
            if (command.Replacement is not null || command.TakesAway)
            {
                (source.Socket, source.Readable, source.KernelDropsSeen) = (command.Replacement ?? default, !command.TakesAway, 0);
                Volatile.Write(ref _replaced, _replaced + 1);
                continue;
            }
            Vacate(ref source);
            if (command.Attachment is { } attachment)
                source = new Source { Socket = attachment.Socket, Receiver = attachment.Receiver, Attachment = attachment, Readable = true };
        }
    }

    // What the receiver still held back belongs to nobody now; its slots are wanted.
    private void Vacate(ref Source source)
    {
        while (source.Receiver is { } receiver && receiver.TryTake(long.MaxValue, out var packet))
            _free.Return(packet.Slot);
        source.Attachment?.Release();
        source = default;
    }

    private int Read(ref Source source, SourceReceiver receiver, MonotonicTime now)
    {
        var total = 0;
        for (var round = 0; round < BatchesPerPass; round++)
        {
            var received = source.Socket.ReceiveBatch(_batch, now);
            if (received < 0)
                CountError(receiver.Counters, -received);
            for (var i = 0; i < received; i++)
                Take(ref source, receiver, i, now);
            _toStamp.Publish();     // not kept until the pass is over: a stamp loop on another core has work now
            total += Math.Max(received, 0);
            if (received >= _batch.Capacity)
                continue;
            source.Readable = false;
            break;
        }
        return total;
    }

    private void Take(ref Source source, SourceReceiver receiver, int index, MonotonicTime now)
    {
        var counters = receiver.Counters;
        CountKernelDrops(ref source, counters, _batch.QueueOverflow(index));
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
        var packet = new ArrivedPacket { Slot = slot, Source = receiver.Plan.Index, ArrivalNs = _batch.ArrivalNs(index) };
        if (!receiver.Offer(_slab.Bytes(slot)[.._batch.Length(index)], in _batch.From(index), ref packet))
        {
            _free.Return(replacement);
            return;
        }
        _slab.Renew(replacement);
        _batchSlots[index] = replacement;
        _batch.SetBuffer(index, _slab.Address(replacement), _slab.SlotBytes);
        PassOn(receiver, now);
    }

    // What a socket's batches are: so many entries of one connection in a pass, so that one cannot keep the others waiting.
    private int Read(PacketInlet inlet, MonotonicTime now)
    {
        var taken = 0;
        for (; taken < BatchesPerPass * _batch.Capacity && inlet.TryPeek(out var entry); taken++)
        {
            var receiver = _sources[entry.Source].Receiver!;        // a source with an inlet is never vacant
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

    // What a full ring does not take is asked for in the next round.
    private void Ask(SourceReceiver receiver, MonotonicTime now)
    {
        var count = receiver.Collect(now.Ns, _notices);
        if (count == 0 || _toFeedback is not { } feedback)
            return;
        for (var i = 0; i < count; i++)
            feedback.TryAdd(in _notices[i]);
        feedback.Publish();
        _feedbackGate!.Notify();
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
            if (_toStamp.TryAdd(in packet))
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
    private static void CountKernelDrops(ref Source source, SourceCounters counters, uint dropsNow)
    {
        counters.KernelDrops += dropsNow - source.KernelDropsSeen;
        source.KernelDropsSeen = dropsNow;
    }

    private static void CountError(SourceCounters counters, int errno)
    {
        counters.ReceiveErrors++;
        counters.LastErrno = errno;
    }
}
