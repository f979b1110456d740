using System.Diagnostics.CodeAnalysis;
using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// The log of one channel, or of one of its tracks: appends payloads with their delivery times to segments, and finds them again after any end
/// of the process. Opened by whoever starts the channel, from then on owned by the store thread. Whatever the disk
/// does, nothing here throws: records are dropped and counted, and a new segment is tried after a pause.
/// </summary>
/// <remarks>
/// <see cref="Append"/> and <see cref="Flush"/> allocate nothing. Beginning a segment does (its file, its mapping, its
/// entry in the list): that happens when one is full, and its space is reserved ahead of need by <see cref="Maintain"/>.
/// </remarks>
public sealed partial class ChannelStore : IDisposable
{
    private readonly ChannelDirectory _directory;
    private readonly StoreOptions _options;
    private readonly SegmentList _segments;
    private readonly SegmentPatrol _patrol;
    private readonly SegmentSupply _supply;
    private readonly byte[] _stage;
    private int _staged;
    private int _stagedRecords;
    private SegmentWriter? _writer;
    private StoredMedia _media = StoredMedia.MpegTs;
    private MonotonicTime _flushAt = MonotonicTime.MinValue;
    private MonotonicTime _syncAt = MonotonicTime.MinValue;
    private int _syncFailures;

    private ChannelStore(ChannelDirectory directory, StoreOptions options, string channel)
    {
        (_directory, _options, Channel, Track) = (directory, options, channel, options.Track);
        var recovery = new SegmentRecovery(directory, options, Counters);
        _segments = new SegmentList(recovery.Run());
        _supply = new SegmentSupply(directory, options, Counters, _segments, recovery.LastNumber);
        _patrol = new SegmentPatrol(options.Disk, _segments, Counters);
        _stage = new byte[options.StageBytes + SegmentHeader.PageBytes];
    }

    public string Channel { get; }

    /// <summary>Which of the channel's tracks it is, from 0.</summary>
    public int Track { get; }

    /// <summary>The channel, and the track behind it when it is not the first: as people name it.</summary>
    public string Log => ChannelDirectory.LogOf(Channel, Track);

    /// <summary>Where its segments are; a <see cref="ChannelReader"/> takes it from here.</summary>
    public string DirectoryPath => _directory.Path;

    public StoreCounters Counters { get; } = new();

    internal IStoreDisk Disk => _options.Disk;

    /// <summary>What has been taken in, and how far it is.</summary>
    public AckBook Acks { get; } = new();

    /// <summary>The segments held, oldest first; the last may be the one being written. Store thread only.</summary>
    public IReadOnlyList<StoredSegment> Segments => _segments.All;

    /// <summary>The same as of the last change, for any thread; see <see cref="StoredSegment.TryPin"/>.</summary>
    public IReadOnlyList<StoredSegment> Shown => _segments.Shown;

    // The same, to be gone through without allocating an enumerator.
    internal ReadOnlySpan<StoredSegment> ShownSpan => _segments.Shown;

    /// <summary>
    /// Delivery times of the oldest and the newest record that can be read, wall ns; false when there is none. Two words are looked at, not
    /// the files. Any thread.
    /// </summary>
    public bool TryGetHeld(out long oldestWallNs, out long newestWallNs)
    {
        (oldestWallNs, newestWallNs) = (0, 0);
        StoredSegment? oldest = null, newest = null;
        foreach (var segment in _segments.Shown)
            if (segment.EndOffset > SegmentHeader.PageBytes)
                (oldest, newest) = (oldest ?? segment, segment);
        if (oldest is null || newest is null)
            return false;
        (oldestWallNs, newestWallNs) = (oldest.Header.CreatedWallNs, newest.LastWallNs);
        return true;
    }

    /// <summary>Bytes of all its files, reserved ones included. Any thread.</summary>
    public long DiskBytes => Volatile.Read(ref _diskBytes);
    private long _diskBytes;

    /// <summary>Whether it has all the space that its limit allows. Any thread.</summary>
    public bool IsReserved => Volatile.Read(ref _isReserved);
    private bool _isReserved;

    /// <summary>Whether there is a segment to write to, open or prepared; false is an alarm.</summary>
    public bool IsWritable => _writer is not null || _supply.IsReady;

    /// <summary>
    /// Opens a channel's store, recovering what is there, and reserves the first segment. On false nothing is held
    /// and <paramref name="problem"/> says what to do; the caller goes on without a store.
    /// </summary>
    public static bool TryOpen(
        StoreOptions options, string channel, [NotNullWhen(true)] out ChannelStore? store, out StoreProblem problem)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(channel);
        store = null;
        if (options.Fault() is { } fault)
            problem = new(StoreProblemKind.BadOptions, options.Path, fault, "change the store's sizes");
        else if (!ChannelDirectory.IsName(channel))
            problem = new(StoreProblemKind.BadChannelName, options.Path,
                $"a channel's name is 1 to {StoreLimits.ChannelNameMax} letters, digits, '.', '_', '-'", "rename the channel");
        else if (ChannelDirectory.TryOpen(options.Path, channel, options.Track, options.Disk, out var directory, out problem))
            TryStart(new ChannelStore(directory, options, channel), out store, out problem);
        return store is not null;
    }

    /// <summary>What the payloads are from the next record on; a change ends the segment.</summary>
    public void SetMedia(in StoredMedia media, MonotonicTime now)
    {
        if (media == _media)
            return;
        EndSegment(now, mayTrim: true);
        _media = media;
    }

    /// <summary>Everything that is due: to be called every 20 ms or so by the store thread.</summary>
    /// <param name="now">The start of the pass.</param>
    /// <param name="wallNs">The wall clock then, by which the window ends.</param>
    public void Pass(MonotonicTime now, long wallNs)
    {
        if (_options.Level != AckLevel.Memory || now >= _flushAt)
            Flush(now);
        if (_options.Level == AckLevel.Durable && _writer is { DirtyBytes: > 0 })
            Sync(now);
        Maintain(now, wallNs);
    }

    /// <summary>Stages one record. Writes when the stage or the segment is full, else that is for <see cref="Flush"/>.</summary>
    public AppendResult Append(in RecordMeta meta, ReadOnlySpan<byte> payload, MonotonicTime now)
    {
        if (payload.Length > RecordCodec.PayloadBytesMax)
        {
            Counters.DroppedTooLarge++;
            return AppendResult.TooLarge;
        }
        var size = RecordCodec.SizeOf(payload.Length);
        if (_staged + size > _options.StageBytes || _writer is null)
            Flush(now);
        if (_writer is not null && !_writer.HasRoomFor(_staged + size))
            EndSegment(now, mayTrim: false);
        if (_writer is null && !TryBegin(meta.DeliveryWallNs, now))
        {
            Counters.DroppedNoSegment++;
            return AppendResult.NoSegment;
        }
        _staged += RecordCodec.Stage(meta, payload, _stage.AsSpan(_staged));
        _stagedRecords++;
        Acks.Append();
        return AppendResult.Staged;
    }

    /// <summary>Writes all staged records; when it returns without an error they survive the end of the process.</summary>
    public FlushResult Flush(MonotonicTime now)
    {
        _flushAt = now + StoreLimits.MemoryNsMax;
        if (_staged == 0)
            return default;
        var batch = new ArraySegment<byte>(_stage, 0, _staged);
        var records = _stagedRecords;
        (_staged, _stagedRecords) = (0, 0);
        var error = TryWrite(batch, now, out var mayBeVisible);
        // What is in memory goes to a new segment, once: unless it might then be found twice.
        if (error < 0 && !mayBeVisible && TryBegin(RecordCodec.ReadMeta(batch).DeliveryWallNs, now))
            error = TryWrite(batch, now, out _);
        return error < 0 ? Lost(records, error) : Committed(batch.Count, records);
    }

    /// <summary>Puts all that is flushed on the medium now. 0 or the error number (positive); after an error the segment is given up.</summary>
    public int Sync(MonotonicTime now)
    {
        if (_writer is null)
            return 0;
        var began = SystemClock.Now;
        var error = _writer.Sync();
        Took(SystemClock.Now.Ns - began.Ns);
        _syncFailures = error == 0 ? 0 : Math.Min(_syncFailures + 1, SyncBackOffShiftMax);
        _syncAt = now + (_options.SyncEveryNs << _syncFailures);
        if (error == 0)
        {
            Synced();
            return 0;
        }
        // The kernel has forgotten which pages were dirty: asking again would answer "all is well" (reliability.md §3.4).
        Counters.SyncsFailed++;
        Poison(error, now, isSyncable: false);
        return -error;
    }

    /// <summary>No more is to come: what is staged is written, the segment sealed, the prepared file removed. It is read on, by cursors.</summary>
    public void Seal(MonotonicTime now)
    {
        EndSegment(now, mayTrim: true);
        _supply.Dispose();
    }

    /// <summary>Ends in order: what is staged is written, the segment sealed, the prepared file removed, the directory let go.</summary>
    public void Close(MonotonicTime now)
    {
        Seal(now);
        Dispose();
    }

    /// <summary>Lets go of everything as it is; what was flushed is found at the next opening.</summary>
    public void Dispose()
    {
        _writer?.Dispose();
        _writer = null;
        foreach (var segment in _segments.All)
            segment.Retire();
        _supply.Dispose();
        _directory.Dispose();
    }

    private static void TryStart(ChannelStore opened, out ChannelStore? store, out StoreProblem problem)
    {
        (store, problem) = (opened, default);
        LinuxError error = default;
        if (opened._options.IsReadOnly || opened._supply.TryPrepare(out error))
            return;
        problem = StoreProblem.From(error, opened.DirectoryPath);
        opened.Dispose();
        store = null;
    }

    private int TryWrite(ArraySegment<byte> batch, MonotonicTime now, out bool mayBeVisible)
    {
        mayBeVisible = false;
        if (_writer is null)
            return -Errno.EIO; // given up by a sync since the batch was staged
        var error = _writer.Write(batch, out mayBeVisible);
        if (error < 0)
            Poison(error, now, isSyncable: true);
        return error;
    }

    private FlushResult Committed(int bytes, int records)
    {
        _failures = 0;
        Acks.Write(records);
        Counters.Batches++;
        Counters.Bytes += bytes;
        Counters.Records += records;
        return new(records, 0);
    }

    private void Synced()
    {
        Counters.Syncs++;
        if (_options.IsSynced) // else the names of the files are not on the medium
            Acks.Sync();
    }

    private void Took(long ns)
    {
        Counters.SyncNsLast = ns;
        Counters.SyncNsMax = Math.Max(Counters.SyncNsMax, ns);
        Counters.SyncNsTotal += ns;
    }

    private FlushResult Lost(int records, int error)
    {
        Counters.DroppedWriteFailed += records;
        Acks.LoseUnwritten(records);
        return new(0, -error);
    }

    // Each failure gives up a segment: at 64 times the interval, a disk that cannot sync costs no more of the window
    // than ordinary filling does.
    private const int SyncBackOffShiftMax = 6;
}
