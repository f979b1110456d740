using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// Where the next segment's file comes from: space reserved ahead of need, or the oldest segment when the channel has
/// all it may have, or all the disk has. Owned by the store thread; allocates, and is off the steady path.
/// </summary>
internal sealed class SegmentSupply : IDisposable
{
    private readonly ChannelDirectory _directory;
    private readonly StoreOptions _options;
    private readonly StoreCounters _counters;
    private readonly SegmentList _segments;
    private readonly Queue<ulong> _free = [];   // numbers of files of whole segments that hold nothing
    private IStoreFile? _prepared;
    private ulong _preparedNumber;
    private ulong _lastNumber;

    // segments: the channel's, oldest first, taken from the front; lastNumber: the highest of a segment. Space has numbers of the same row, so that
    // a file never gets a number below one that stands in it.
    public SegmentSupply(ChannelDirectory directory, StoreOptions options, StoreCounters counters, SegmentList segments, ulong lastNumber)
    {
        (_directory, _options, _counters, _segments, _lastNumber) = (directory, options, counters, segments, lastNumber);
        foreach (var number in directory.ListFree())
            Adopt(number);
    }

    public bool IsReady => _prepared is not null;

    /// <summary>Whether a new segment could be begun without letting an old one go.</summary>
    public bool HasSpare => _free.Count > 0;

    /// <summary>Whether all that the channel may take is taken; always so without a limit.</summary>
    public bool IsReserved => IsFull || _options.ChannelBytesMax == 0;

    /// <summary>Bytes of all its files on the disk.</summary>
    public long DiskBytes => _segments.FileBytes + (_free.Count + (IsReady ? 1 : 0)) * _options.SegmentBytes;

    /// <summary>Prepares the next segment's file, letting old ones go as the limits ask. The last segment is never let go.</summary>
    public bool TryPrepare(out LinuxError error)
    {
        error = default;
        if (_prepared is not null)
            return true;
        while (!TryTakeFree())
        {
            if (!IsFull && TryCreate(out error))
                return true;
            // No room in the limits, or on the disk: the window shrinks by its oldest segment, and what arrives now is kept.
            if (_options.KeepsAll || error.Errno is not (0 or Errno.ENOSPC or Errno.EDQUOT) || _segments.Count < 2)
                return false;
            if (error.Errno != 0)
                _counters.SegmentsLostToFullDisk++;
            if (!TryLetGoOfOldest())
                return false;
            error = default;
        }
        error = default;
        return true;
    }

    /// <summary>Hands the prepared file over, or prepares one now.</summary>
    public bool TryTake(out IStoreFile file, out ulong number, out LinuxError error)
    {
        var ready = TryPrepare(out error);
        (file, number, _prepared) = (_prepared!, _preparedNumber, null);
        return ready;
    }

    /// <summary>Takes one more segment's space from the disk while the limit leaves some; false when the disk refused.</summary>
    public bool TryReserve()
    {
        if (IsReserved)
            return true;
        var number = _lastNumber + 1;
        if (!_directory.Disk.TryCreate(_directory.FreePathOf(number), _options.SegmentBytes, out var file, out var error))
        {
            Refused(error);
            return false;
        }
        file.Dispose();
        _free.Enqueue(_lastNumber = number);
        return true;
    }

    /// <summary>
    /// Lets the oldest segment go, which must not be the one being written: its space is kept, unless somebody reads it or it is no whole segment.
    /// </summary>
    public bool TryLetGoOfOldest()
    {
        var oldest = _segments[0];
        var isWhole = oldest is { IsPoisoned: false } && oldest.FileBytes == _options.SegmentBytes && !IsOverfull;
        if (oldest.Retire() && isWhole && _directory.Disk.TryRename(oldest.Path, _directory.FreePathOf(_lastNumber + 1)))
        {
            _free.Enqueue(++_lastNumber);
            _counters.SegmentsRecycled++;
        }
        else if (_directory.Disk.TryDelete(oldest.Path))
            _counters.SegmentsDeleted++;
        else
            return false;
        _segments.RemoveOldest();
        return true;
    }

    /// <summary>Takes a file back that was given up before it held a record, so that failing for long does not eat the window.</summary>
    public void Discard(ulong number)
    {
        if (_directory.TryDelete(number))
            _counters.SegmentsDeleted++;
    }

    /// <summary>The prepared file becomes space again; all that is reserved stays for the next run.</summary>
    public void Dispose()
    {
        if (_prepared is null)
            return;
        _prepared.Dispose();
        _prepared = null;
        if (_options.ChannelBytesMax == 0 || !_directory.Disk.TryRename(_directory.PathOf(_preparedNumber), _directory.FreePathOf(_lastNumber + 1)))
            _directory.TryDelete(_preparedNumber);
    }

    private bool IsFull => _options.ChannelBytesMax > 0 && DiskBytes + _options.SegmentBytes > _options.ChannelBytesMax;
    private bool IsOverfull => _options.ChannelBytesMax > 0 && DiskBytes > _options.ChannelBytesMax;

    // What an earlier run left: of use when it is of the size wanted now and within the limit.
    private void Adopt(ulong number)
    {
        var path = _directory.FreePathOf(number);
        _lastNumber = Math.Max(_lastNumber, number);
        var isOfUse = _options.ChannelBytesMax > 0 && !IsFull && _directory.Disk.TryOpen(path, write: false, out var file, out _) && IsWhole(file);
        if (isOfUse)
            _free.Enqueue(number);
        else
            _directory.Disk.TryDelete(path);
    }

    private bool IsWhole(IStoreFile file)
    {
        using (file)
            return file.Length == _options.SegmentBytes;
    }

    private bool TryTakeFree()
    {
        while (_free.TryDequeue(out var free))
        {
            var (from, number) = (_directory.FreePathOf(free), _lastNumber + 1);
            if (!_directory.Disk.TryRename(from, _directory.PathOf(number)))
            {
                _directory.Disk.TryDelete(from);
                continue;
            }
            _lastNumber = number; // the name is taken, whatever comes
            if (_directory.Disk.TryOpen(_directory.PathOf(number), write: true, out var file, out _) && Keep(file, number))
                return true;
        }
        return false;
    }

    private bool TryCreate(out LinuxError error)
    {
        var number = _lastNumber + 1;
        if (_directory.Disk.TryCreate(_directory.PathOf(number), _options.SegmentBytes, out var file, out error) && Keep(file, number))
            return true;
        if (error.Errno == 0)
            error = new LinuxError((int)_counters.LastErrno, "fsync");
        Refused(error);
        return false;
    }

    private void Refused(LinuxError error)
    {
        _counters.CreatesFailed++;
        _counters.LastErrno = error.Errno;
    }

    // A record is only durable when the name of its file is: without that the file is of no use.
    private bool Keep(IStoreFile file, ulong number)
    {
        _lastNumber = number;
        var error = _options.IsSynced ? _directory.Sync() : 0;
        if (error == 0)
        {
            (_prepared, _preparedNumber) = (file, number);
            return true;
        }
        (_counters.SyncsFailed, _counters.LastErrno) = (_counters.SyncsFailed + 1, -error);
        file.Dispose();
        Discard(number);
        return false;
    }
}
