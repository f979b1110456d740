using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Flow;

/// <summary>
/// Appends payloads to their channel's segments. Nobody waits for it: a reference whose slot was reused before it was
/// copied is counted and left out. Has a thread of its own, because writing may block.
/// </summary>
public sealed class StoreLoop : IEngineLoop
{
    /// <summary>Records are written in batches of this age: fifty writes a second, whatever the rate.</summary>
    private const long FlushEveryNs = 20_000_000;
    private const int ReferencesPerPass = 4_096;

    private readonly Slab _slab;
    private readonly RingReader<StoreRef> _references;
    private readonly ChannelStore?[] _stores;
    private readonly EngineClock _clock;
    private readonly RecordAccess[] _access;
    private readonly object?[] _newMedia;
    private readonly byte[] _copy;
    private MonotonicTime _flushDue;
    private long _overwritten;

    /// <param name="slab">Where the payloads are.</param>
    /// <param name="references">The stamp loop's ring.</param>
    /// <param name="stores">By feed; null for a feed that is not kept. Owned by this loop from now on.</param>
    /// <param name="clock">For the wall-clock label of a record.</param>
    internal StoreLoop(Slab slab, RingReader<StoreRef> references, ChannelStore?[] stores, EngineClock clock)
    {
        (_slab, _references, _stores, _clock) = (slab, references, stores, clock);
        _access = [.. stores.Select(_ => new RecordAccess())];
        _newMedia = new object?[stores.Length];
        _copy = new byte[slab.SlotBytes];
    }

    public string Role => "store";
    public LoopGate Gate { get; } = new();
    public bool HasInput => false;      // looked at every FlushEveryNs; nothing is in a hurry here
    public void AnnounceSleep() => Gate.AnnounceSleep(wantsTrains: false);
    public void OnReadable(int tag) { }
    public MonotonicTime NextDeadline => _flushDue;

    /// <summary>Payloads that were gone before they were copied: the disk was too slow for the live window.</summary>
    public long Overwritten => Volatile.Read(ref _overwritten);

    /// <summary>What a feed's payloads are from now on. Any thread.</summary>
    public void SetMedia(int feed, StoredMedia media) => Volatile.Write(ref _newMedia[feed], media);

    public int DoWork(MonotonicTime now)
    {
        if (now < _flushDue)
            return 0;
        _flushDue = now + FlushEveryNs;
        TakeMedia(now);
        var taken = 0;
        for (; taken < ReferencesPerPass && _references.TryTake(out var reference); taken++)
            Append(in reference, now);
        _references.Release();
        var wallNs = now.Ns + _clock.WallMinusMonotonicNs;
        foreach (var store in _stores)
            store?.Pass(now, wallNs);
        if (taken == ReferencesPerPass)
            _flushDue = now;
        return taken;
    }

    private void Append(in StoreRef reference, MonotonicTime now)
    {
        if (_stores[reference.Feed] is not { } store)
            return;
        var copy = _copy.AsSpan(0, reference.PayloadLength);
        if (_slab.Generation(reference.Slot) == reference.Generation)
            _slab.Bytes(reference.Slot).Slice(reference.PayloadOffset, reference.PayloadLength).CopyTo(copy);
        // The copy is only good when the slot was still the same one after it.
        Interlocked.MemoryBarrier();
        if (_slab.Generation(reference.Slot) != reference.Generation)
        {
            Volatile.Write(ref _overwritten, _overwritten + 1);
            return;
        }
        store.Append(Meta(in reference, _access[reference.Feed].IsAccess(copy, reference.Discontinuity)), copy, now);
    }

    private RecordMeta Meta(in StoreRef reference, bool isAccess) => new()
    {
        FeedSequence = (ulong)reference.FeedSequence,
        DeliveryWallNs = reference.DeliveryNs + _clock.WallMinusMonotonicNs,
        DeliveryNs = reference.DeliveryNs,
        RtpTimestamp = reference.RtpTimestamp,
        MarkerAndPayloadType = reference.MarkerAndPayloadType,
        Flags = (reference.Discontinuity ? RecordFlags.Discontinuity : RecordFlags.None) | (isAccess ? RecordFlags.RandomAccess : RecordFlags.None),
    };

    private void TakeMedia(MonotonicTime now)
    {
        for (var feed = 0; feed < _newMedia.Length; feed++)
            if (_newMedia[feed] is not null && Interlocked.Exchange(ref _newMedia[feed], null) is StoredMedia media)
            {
                _access[feed].SetMedia(media);
                _stores[feed]?.SetMedia(media, now);
            }
    }
}
