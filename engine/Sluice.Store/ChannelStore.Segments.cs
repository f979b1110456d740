using Sluice.Linux;

namespace Sluice.Store;

// How a channel goes from one segment to the next, in order or after an error.
public sealed partial class ChannelStore
{
    private ulong _run;

    /// <summary>Epoch of the first segment of this run: what its segments' headers say; 0 before there is one. Any thread.</summary>
    public ulong Run => Volatile.Read(ref _run);
    private int _failures;
    private MonotonicTime _retryAt = MonotonicTime.MinValue;

    private bool TryBegin(long wallNs, MonotonicTime now)
    {
        if (now < _retryAt)
            return false;
        if (!_supply.TryTake(out var file, out var number, out _))
        {
            BackOff(now);
            return false;
        }
        var segment = new StoredSegment(_directory.PathOf(number), HeaderOf(number, wallNs, now), SegmentRange.Empty);
        segment.Mapping = file.Map();
        _segments.Add(segment);
        _writer = new SegmentWriter(file, segment);
        Span<byte> page = stackalloc byte[SegmentHeader.PageBytes];
        if (_writer.Begin(page) is < 0 and var error)
        {
            Poison(error, now, isSyncable: false);
            return false;
        }
        Counters.SegmentsBegun++;
        _syncAt = now + (_options.SyncEveryNs << _syncFailures);
        return true;
    }

    private SegmentHeader HeaderOf(ulong number, long wallNs, MonotonicTime now)
    {
        var epoch = SegmentHeader.EpochOf(number, Mix(_options.EpochSalt ^ Mix((ulong)wallNs ^ number)));
        Volatile.Write(ref _run, _run == 0 ? epoch : _run);
        return new SegmentHeader
        {
            Epoch = epoch,
            Number = number,
            FileBytes = _options.SegmentBytes,
            Run = _run,
            CreatedWallNs = wallNs,
            CreatedNs = now.Ns,
            Media = _media,
            Channel = Channel,
        };
    }

    // Flushes and seals; the next record begins a new segment.
    private void EndSegment(MonotonicTime now, bool mayTrim)
    {
        Flush(now);
        if (_writer is null)
            return;
        if (!_patrol.IsWell(_writer.Segment))
        {
            GiveUp();
            return;
        }
        var error = _writer.Close(_stage, _options.IsSynced, mayTrim);
        if (error < 0)
        {
            Poison(error, now, isSyncable: false);
            return;
        }
        if (_options.IsSynced)
            Acks.Sync();
        _writer.Dispose();
        _writer = null;
    }

    // After a write that failed, what was written before may still be put on the medium; after a sync that failed, nothing may.
    private void Poison(int error, MonotonicTime now, bool isSyncable)
    {
        var segment = _writer!.Segment;
        Counters.SegmentsPoisoned++;
        Counters.LastErrno = -error;
        if (isSyncable && _options.IsSynced && _writer.Sync() == 0)
            Acks.Sync();
        GiveUp();
        BackOff(now);
        if (segment.Range.Records > 0)
            return;
        // Nothing in it to read: gone at once, so that failing for long does not push the window out.
        segment.Retire();
        _segments.Remove(segment);
        _supply.Discard(segment.Header.Number);
    }

    private void GiveUp()
    {
        if (_options.IsSynced)
            Counters.RecordsAtRisk += Acks.Written - Acks.Durable;
        Acks.LoseUnsynced();
        _writer!.GiveUp();
        _writer = null;
    }

    // The first failure is answered by another segment at once, failures in a row ever later.
    private void BackOff(MonotonicTime now)
    {
        var pauseNs = _failures == 0 ? 0 : Math.Min(StoreLimits.RetryNsFirst << Math.Min(_failures - 1, 16), StoreLimits.RetryNsMax);
        _failures++;
        _retryAt = now + pauseNs;
    }

    // SplitMix64's finalizer (Steele, Lea, Flood, OOPSLA 2014): every input bit reaches every output bit.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}
