using Sluice.Control.Status;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Live;

/// <summary>
/// Judges the log of one track from its counters: does it keep anything, as much as it should, and is what it keeps in order? Housekeeping's
/// thread; <see cref="Status"/> any.
/// </summary>
internal sealed class StoreWatch(ChannelStore store, StoreOptions options)
{
    /// <summary>What happened once stays an alarm for a minute, so that somebody sees it.</summary>
    private const long StandsNs = 60_000_000_000;

    private readonly StoreCounters _counters = store.Counters;
    private readonly Dictionary<string, Standing> _standing = [];
    private long _bytes;
    private MonotonicTime _measuredAt = SystemClock.Now;
    private long _bitsPerSecond;

    private record struct Standing(long Seen, MonotonicTime Until, DateTimeOffset Since);

    /// <summary>Once a second.</summary>
    public void Measure(MonotonicTime now)
    {
        var bytes = Volatile.Read(ref _counters.Bytes);
        if (now - _measuredAt > 0)
            Volatile.Write(ref _bitsPerSecond, (long)((bytes - _bytes) * 8e9 / (now - _measuredAt)));
        (_bytes, _measuredAt) = (bytes, now);
    }

    /// <summary>The alarms that stand now.</summary>
    public IEnumerable<Alarm> Look(MonotonicTime now)
    {
        var why = $"{Errno.Name((int)_counters.LastErrno)} in {store.DirectoryPath}";
        if (Stands("store-failed", now, store.IsWritable ? 0 : 1, isState: true))
            yield return Alarm("store-failed", $"nothing is kept: {why}", AlarmSeverity.Critical);
        if (Stands("store-short", now, IsShort ? 1 : 0, isState: true))
            yield return Alarm("store-short", $"the disk is full: {store.DirectoryPath} keeps less than configured", AlarmSeverity.Warning);
        if (Stands("store-error", now, _counters.SegmentsPoisoned + _counters.SyncsFailed, isState: false))
            yield return Alarm("store-error", $"the disk fails: {why}; {_counters.SegmentsPoisoned} segments were given up, "
                + $"{_counters.RecordsAtRisk} packets may not survive a power cut", AlarmSeverity.Critical);
        if (Stands("store-harmed", now, _counters.SegmentsMissing + _counters.SegmentsCut, isState: false))
            yield return Alarm("store-harmed", $"somebody deleted {_counters.SegmentsMissing} and cut {_counters.SegmentsCut} files of {store.DirectoryPath}; "
                + "what they held is gone", AlarmSeverity.Critical);
        if (Stands("store-unreadable", now, _counters.ReadsFailed + _counters.RecordsHarmed, isState: false))
            yield return Alarm("store-unreadable", $"{_counters.ReadsFailed} places of {store.DirectoryPath} cannot be read "
                + $"({Errno.Name((int)_counters.ReadErrno)}) and {_counters.RecordsHarmed} are harmed: replays have gaps there; "
                + "look at them with sluice store verify", AlarmSeverity.Critical);
        if (_counters.SegmentsRejected + _counters.SegmentsShort > 0)
            yield return new Alarm("store-decayed", store.Channel, $"{_counters.SegmentsRejected} files of {store.DirectoryPath} are no segments and "
                + $"{_counters.SegmentsShort} end before what was on the disk: look at them with sluice store verify", AlarmSeverity.Warning, _at);
        if (Stands("store-behind", now, _counters.Dropped, isState: false) && store.IsWritable)
            yield return Alarm("store-behind", $"{_counters.Dropped} packets were not kept: {why}", AlarmSeverity.Warning);
    }

    public KeptStatus Status()
    {
        var shown = store.Shown.Where(segment => segment.EndOffset > SegmentHeader.PageBytes).ToList();
        var heldBytes = shown.Sum(segment => segment.EndOffset - SegmentHeader.PageBytes);
        var isHeld = store.TryGetHeld(out var oldestNs, out var newestNs);
        var syncs = _counters.Syncs + _counters.SyncsFailed;
        return new KeptStatus
        {
            Channel = store.Channel,
            Track = store.Track,
            HeldSeconds = Math.Max(0, newestNs - oldestNs) / 1e9,
            Oldest = isHeld ? new WallTime(oldestNs).ToDateTimeOffset() : null,
            WindowSeconds = options.WindowNs > 0 ? options.WindowNs / 1e9 : null,
            Segments = shown.Count,
            HeldBytes = heldBytes,
            DiskBytes = store.DiskBytes,
            LimitBytes = options.ChannelBytesMax,
            Level = options.Level.ToString().ToLowerInvariant(),
            WriteBitsPerSecond = Volatile.Read(ref _bitsPerSecond),
            RecordsWritten = _counters.Records,
            RecordsDropped = _counters.Dropped,
            RecordsAtRisk = _counters.RecordsAtRisk,
            Syncs = _counters.Syncs,
            SyncsFailed = _counters.SyncsFailed,
            SyncMs = syncs > 0 ? _counters.SyncNsLast / 1e6 : null,
            SyncMsMax = _counters.SyncNsMax / 1e6,
            SyncSecondsTotal = _counters.SyncNsTotal / 1e9,
            ResidentRatio = heldBytes > 0 ? Math.Min(1, (double)shown.Sum(segment => segment.ResidentBytes) / heldBytes) : 0,
        };
    }

    private readonly DateTimeOffset _at = SystemClock.WallNow.ToDateTimeOffset();

    // Space is taken a segment a pass: only when that has stopped for want of some is it a shortage.
    private bool IsShort => !store.IsReserved && _counters.CreatesFailed > 0;

    // A state stands while it is so; an event, for a while after the counter last grew.
    private bool Stands(string code, MonotonicTime now, long value, bool isState)
    {
        var before = _standing.GetValueOrDefault(code);
        var isNew = isState ? value > 0 : value > before.Seen;
        var stands = isNew || !isState && before.Until > now;
        var since = before.Since == default ? SystemClock.WallNow.ToDateTimeOffset() : before.Since;
        _standing[code] = new(value, isNew ? now + StandsNs : before.Until, stands ? since : default);
        return stands;
    }

    private Alarm Alarm(string code, string message, AlarmSeverity severity) => new(code, store.Channel, message, severity, _standing[code].Since);
}
