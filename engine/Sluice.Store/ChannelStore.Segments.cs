using Sluice.Linux;

namespace Sluice.Store;

// How a channel goes from one segment to the next, in order or after an error.
public sealed partial class ChannelStore
{
    private ulong _run;
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
        segment.Mapping = MappedFile.TryMap(file, out var mapping, out var _) ? mapping : null;
        _segments.Add(segment);
        _writer = new SegmentWriter(file, segment, _index, _options.Faults);
        Span<byte> page = stackalloc byte[SegmentHeader.PageBytes];
        if (_writer.Begin(page) is < 0 and var error)
        {
            Poison(error, now);
            return false;
        }
        Counters.SegmentsBegun++;
        _syncAt = now + (_options.SyncEveryNs << _syncFailures);
        return true;
    }

    private SegmentHeader HeaderOf(ulong number, long wallNs, MonotonicTime now)
    {
        var epoch = SegmentHeader.EpochOf(number, Mix(_options.EpochSalt ^ Mix((ulong)wallNs ^ number)));
        _run = _run == 0 ? epoch : _run;
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
    private void EndSegment(MonotonicTime now)
    {
        Flush(now);
        if (_writer is null)
            return;
        var error = _writer.Close(_stage, _options.SyncEveryNs > 0);
        if (error < 0)
        {
            Poison(error, now);
            return;
        }
        _writer.Dispose();
        _writer = null;
    }

    private void Poison(int error, MonotonicTime now)
    {
        var segment = _writer!.Segment;
        Counters.SegmentsPoisoned++;
        Counters.LastErrno = -error;
        _writer.GiveUp();
        _writer = null;
        BackOff(now);
        if (segment.Range.Records > 0)
            return;
        // Nothing in it to read: gone at once, so that failing for long does not push the window out.
        segment.Mapping?.Dispose();
        segment.Mapping = null;
        _segments.Remove(segment);
        _supply.Discard(segment.Header.Number);
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
