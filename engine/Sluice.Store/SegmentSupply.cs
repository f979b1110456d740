using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// Where the next segment's file comes from: made and reserved ahead of need, or the oldest one's when the channel has
/// all it may have, or all the disk has. Owned by the store thread; allocates, and is off the steady path.
/// </summary>
internal sealed class SegmentSupply : IDisposable
{
    private readonly ChannelDirectory _directory;
    private readonly StoreOptions _options;
    private readonly StoreCounters _counters;
    private readonly List<StoredSegment> _segments;
    private DataFile? _prepared;
    private ulong _preparedNumber;
    private ulong _lastNumber;

    // segments: the channel's, oldest first, taken from the front; lastNumber: the highest the channel ever used.
    public SegmentSupply(
        ChannelDirectory directory, StoreOptions options, StoreCounters counters, List<StoredSegment> segments, ulong lastNumber)
    {
        (_directory, _options, _counters, _segments, _lastNumber) = (directory, options, counters, segments, lastNumber);
    }

    public bool IsReady => _prepared is not null;

    /// <summary>Reserves the next segment's file, letting old ones go as the limits ask. The last segment is never let go.</summary>
    public bool TryPrepare(out LinuxError error)
    {
        error = default;
        if (_prepared is not null)
            return true;
        while (IsFull && (!IsReusable(_segments[0]) || UsedBytes > _options.ChannelBytesMax) && TryLetGoOfOldest())
            continue;
        if (IsFull && TryRecycle())
            return true;
        while (!TryCreate(out error))
        {
            _counters.CreatesFailed++;
            _counters.LastErrno = error.Errno;
            // No room on the disk: the window shrinks by its oldest segment, and what arrives now is kept.
            if (error.Errno is not (Errno.ENOSPC or Errno.EDQUOT) || _segments.Count < 2)
                return false;
            _counters.SegmentsLostToFullDisk++;
            if (TryRecycle())
                return true;
            if (!TryLetGoOfOldest())
                return false;
        }
        return true;
    }

    /// <summary>Hands the prepared file over, or prepares one now.</summary>
    public bool TryTake(out DataFile file, out ulong number, out LinuxError error)
    {
        var ready = TryPrepare(out error);
        (file, number, _prepared) = (_prepared!, _preparedNumber, null);
        return ready;
    }

    /// <summary>Takes a file back that was given up before it held a record, so that failing for long does not eat the window.</summary>
    public void Discard(ulong number)
    {
        if (_directory.TryDelete(number))
            _counters.SegmentsDeleted++;
    }

    /// <summary>The prepared file goes: it is not part of what a closed store keeps.</summary>
    public void Dispose()
    {
        if (_prepared is null)
            return;
        _prepared.Dispose();
        _prepared = null;
        _directory.TryDelete(_preparedNumber);
    }

    private bool IsFull => _options.ChannelBytesMax > 0 && UsedBytes + _options.SegmentBytes > _options.ChannelBytesMax;

    private long UsedBytes
    {
        get
        {
            long used = 0;
            foreach (var segment in _segments)
                used += segment.FileBytes;
            return used;
        }
    }

    private bool TryLetGoOfOldest()
    {
        if (_segments.Count < 2 || !_directory.TryDelete(_segments[0].Header.Number))
            return false;
        Forget(_segments[0]);
        _counters.SegmentsDeleted++;
        return true;
    }

    private bool TryRecycle()
    {
        var number = _lastNumber + 1;
        if (_segments.Count < 2 || !IsReusable(_segments[0]) || !_directory.TryRename(_segments[0].Header.Number, number))
            return false;
        Forget(_segments[0]);
        _counters.SegmentsRecycled++;
        _lastNumber = number; // the name is taken, whatever comes
        return DataFile.TryOpen(_directory.PathOf(number), write: true, out var file, out _) && Keep(file, number);
    }

    private bool TryCreate(out LinuxError error)
    {
        var number = _lastNumber + 1;
        if (_options.Faults is { CreateErrno: > 0 } faults)
        {
            error = new LinuxError(faults.CreateErrno, "fallocate");
            return false;
        }
        return DataFile.TryCreate(_directory.PathOf(number), _options.SegmentBytes, out var file, out error) && Keep(file, number);
    }

    private bool Keep(DataFile file, ulong number)
    {
        (_prepared, _preparedNumber, _lastNumber) = (file, number, number);
        var error = _options.SyncEveryNs > 0 ? _directory.Sync() : 0;
        if (error < 0) // the name may not outlive a power cut; the segment is good for all else
            (_counters.SyncsFailed, _counters.LastErrno) = (_counters.SyncsFailed + 1, -error);
        return true;
    }

    private void Forget(StoredSegment segment)
    {
        segment.Mapping?.Dispose();
        segment.Mapping = null;
        _segments.RemoveAt(0);
    }

    private bool IsReusable(StoredSegment segment) => segment is { IsPoisoned: false } && segment.FileBytes == _options.SegmentBytes;
}
