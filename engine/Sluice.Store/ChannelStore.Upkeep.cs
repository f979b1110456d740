using Sluice.Linux;

namespace Sluice.Store;

// What is due beside writing.
public sealed partial class ChannelStore
{
    private MonotonicTime _reserveAt = MonotonicTime.MinValue;
    private MonotonicTime _lookAt = MonotonicTime.MinValue;

    /// <summary>A sync, the next segment's file, space, the window's end. Called often; does nothing most times.</summary>
    /// <param name="now">The start of the pass.</param>
    /// <param name="wallNs">The wall clock then; 0 when nothing is to be let go by age.</param>
    public void Maintain(MonotonicTime now, long wallNs = 0)
    {
        if (_writer is { DirtyBytes: > 0 and var dirty } && (IsSyncDue(now) || dirty >= StoreLimits.UnsyncedBytesMax))
            Sync(now);
        if (!_supply.IsReady && now >= _retryAt && _writer is null or { IsNearlyFull: true } && !_supply.TryPrepare(out _))
            BackOff(now);
        if (now >= _reserveAt && !_supply.TryReserve())
            _reserveAt = now + StoreLimits.RetryNsMax;
        if (now >= _lookAt)
            Look(now, wallNs);
        Volatile.Write(ref _isReserved, _supply.IsReserved);
        Volatile.Write(ref _diskBytes, _supply.DiskBytes);
    }

    private bool IsSyncDue(MonotonicTime now) => _options.SyncEveryNs > 0 && now >= _syncAt;

    private void Look(MonotonicTime now, long wallNs)
    {
        _lookAt = now + StoreLimits.LookEveryNs;
        if (!_patrol.Look(_writer?.Segment))
            GiveUp();
        if (_options.WindowNs > 0 && wallNs > 0)
            KeepWindow(now, wallNs);
    }

    private void KeepWindow(MonotonicTime now, long wallNs)
    {
        // Only where there is room for a segment that is not full: bytes come before exactness.
        if (_writer is not null && wallNs - _writer.Segment.Header.CreatedWallNs > _options.WindowNs / StoreLimits.WindowParts
            && (_supply.IsReady || _supply.HasSpare || _options.ChannelBytesMax == 0) && _supply.TryPrepare(out _))
            EndSegment(now, mayTrim: _options.ChannelBytesMax == 0);
        while (_segments.Count > 0 && _segments[0] != _writer?.Segment && _segments[0].LastWallNs < wallNs - _options.WindowNs
            && _supply.TryLetGoOfOldest())
            Counters.SegmentsExpired++;
    }
}
