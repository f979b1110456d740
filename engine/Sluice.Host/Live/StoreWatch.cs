using Sluice.Control.Status;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Live;

/// <summary>Judges one channel's store from its counters: does it keep anything, and does it keep as much as it should?</summary>
internal sealed class StoreWatch(ChannelStore store)
{
    private readonly StoreCounters _counters = store.Counters;
    private long _lostSeen, _begunSeen;
    private bool _isShort;
    private DateTimeOffset _since;

    private Alarm Alarm(string code, string message, AlarmSeverity severity) => new(code, store.Channel, message, severity, _since);

    /// <summary>The alarm that stands now, or null.</summary>
    public Alarm? Look()
    {
        var (lost, begun) = (_counters.SegmentsLostToFullDisk + _counters.CreatesFailed, _counters.SegmentsBegun);
        // A segment that was begun without losing another one says that there is room again.
        var isShort = lost > _lostSeen || (_isShort && begun == _begunSeen);
        (_lostSeen, _begunSeen) = (lost, begun);
        if (isShort && !_isShort)
            _since = SystemClock.WallNow.ToDateTimeOffset();
        _isShort = isShort;
        if (!store.IsWritable)
            return Alarm("store-failed", $"nothing is kept: {Errno.Name((int)_counters.LastErrno)} in {store.DirectoryPath}", AlarmSeverity.Critical);
        return isShort ? Alarm("store-short", $"the disk is full: {store.DirectoryPath} keeps less than configured", AlarmSeverity.Warning) : null;
    }
}
