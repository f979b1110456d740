using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>
/// Copies what a channel holds of a time into an asset: from the last access point at or before the beginning up to the first at or after the end,
/// also while that lies in the future. Ends there, or at the engine's end, and is then gone on with at the next start.
/// </summary>
internal sealed class AssetRecorder(AssetDesk desk, ChannelStore channel, AssetWork work)
{
    private const int LookMs = 200;

    /// <summary>An access point that is not there so long after the end is not waited for.</summary>
    private const long AccessWaitNs = 10_000_000_000;

    /// <summary>The store writes a packet within this time of its delivery; after it, what is not there was not sent.</summary>
    private const long SettleNs = 1_500_000_000;
    private const int RecordsALook = 4_096;

    private StoreCursor? _cursor;
    private StoredSegment? _segment;

    public async Task RunAsync()
    {
        AssetProblem? problem = null;
        try
        {
            for (var isEnded = false; !isEnded && problem is null && !desk.Stopping.IsCancellationRequested;)
            {
                (isEnded, var taken, problem) = await desk.OnDiskAsync(Look);
                if (!isEnded && taken < RecordsALook)
                    await Task.Delay(LookMs, desk.Stopping);
            }
            if (problem is null && !desk.Stopping.IsCancellationRequested)
                problem = work.Taken == 0 ? new(409, "Nothing", "the channel holds nothing of that time") : await work.FinishAsync();
        }
        catch (OperationCanceledException)
        {
            // Gone on with at the next start.
        }
        finally
        {
            await EndAsync(problem);
        }
    }

    private async Task EndAsync(AssetProblem? problem)
    {
        await desk.OnDiskAsync(() => _cursor?.Dispose());
        if (problem is { } said && work.Asset.State == AssetState.Incomplete)
        {
            Interlocked.Increment(ref desk.Counters.Failed);
            desk.Log.TransferEnded(work.Asset.Name, said.Detail);
            await work.SaveAsync(work.Asset.Meta with { Problem = said.Detail });
        }
        if (work.Asset.State == AssetState.Incomplete)
            await work.ParkAsync();
        await desk.EndAsync(work, isKeptOpen: false);
    }

    private (bool IsEnded, int Taken, AssetProblem? Problem) Look()
    {
        if (_cursor is null && !TryBegin())
            return (IsPast(work.Asset.Meta.ToNs), 0, null);
        var (taken, bytes) = (0, work.Taken);
        var status = CursorStatus.Record;
        for (; taken < RecordsALook && (status = _cursor!.TryNext(out var record)) != CursorStatus.AtEnd; taken++)
        {
            if (status != CursorStatus.Record || record.Meta.DeliveryWallNs <= work.Writer.LastWallNs && work.Taken > 0 && _isResumed)
                continue;
            _isResumed = false;
            if (IsEnd(record.Meta))
                return (true, taken, Write(bytes));
            if (_segment != _cursor!.Segment && (_segment = _cursor.Segment) is { } segment)
                work.Writer.SetMedia(segment.Header.Media);
            if (work.Writer.Put(OnLine(record.Meta), record.Payload) != AssetWrite.Ok)
                break;
        }
        return (status == CursorStatus.AtEnd && IsPast(work.Asset.Meta.ToNs), taken, Write(bytes));
    }

    private bool _isResumed;

    private bool TryBegin()
    {
        var cursor = new StoreCursor(channel);
        _isResumed = work.Taken > 0;
        if (!cursor.TrySeek(_isResumed ? work.Writer.LastWallNs : work.Asset.Meta.FromNs, atAccessPoint: !_isResumed))
        {
            cursor.Dispose();
            return false;
        }
        _cursor = cursor;
        return true;
    }

    // The asset has one line of time, the wall clock's; within a run of the engine the other clock keeps the distances exact (the wall's may be stepped).
    private RecordMeta OnLine(in RecordMeta meta)
    {
        var run = _cursor!.Segment!.Header.Run;
        if (run != _run)
            (_run, _lineNs) = (run, meta.DeliveryWallNs - meta.DeliveryNs);
        var ns = Math.Max(meta.DeliveryNs + _lineNs, work.Writer.LastWallNs);
        return meta with { DeliveryNs = ns, DeliveryWallNs = ns };
    }

    private ulong _run;
    private long _lineNs;

    private bool IsEnd(in RecordMeta meta)
    {
        var isAccess = meta.Flags.HasFlag(RecordFlags.RandomAccess);
        _hasAccess |= isAccess;
        return meta.DeliveryWallNs >= work.Asset.Meta.ToNs + AccessWaitNs || meta.DeliveryWallNs >= work.Asset.Meta.ToNs && (isAccess || !_hasAccess);
    }

    private bool _hasAccess;

    private static bool IsPast(long wallNs) => SystemClock.WallNow.UnixNs > wallNs + AccessWaitNs + SettleNs;

    private AssetProblem? Write(long before)
    {
        var asset = work.Asset;
        var refusal = desk.Library.MayGrow(asset, work.Taken - before);
        var isWritten = work.Writer.Flush(SystemClock.Now) == AssetWrite.Ok;
        Interlocked.Add(ref desk.Counters.Bytes, work.Taken - before);
        asset.Note(work.Writer);
        return refusal != AssetRefusal.None ? desk.ProblemOf(refusal) : isWritten ? null : new(507, "The asset cannot be written", work.Writer.Wrong!);
    }
}
