namespace Sluice.Store;

/// <summary>What the store of one channel did. Written by the store thread only, but for what cursors met; any thread may read each number.</summary>
public sealed class StoreCounters
{
    /// <summary>Records written and committed, and their bytes in the file, headers included.</summary>
    public long Records, Bytes;

    /// <summary>Batches written, each by one large write and one of 4 bytes.</summary>
    public long Batches;

    /// <summary>Records not kept: no segment to write to, the write failed, payload over the limit.</summary>
    public long DroppedNoSegment, DroppedWriteFailed, DroppedTooLarge;

    /// <summary>Segments begun, taken over from the oldest, deleted, and given up after an error.</summary>
    public long SegmentsBegun, SegmentsRecycled, SegmentsDeleted, SegmentsPoisoned;

    /// <summary>Oldest segments given up early because the disk was full.</summary>
    public long SegmentsLostToFullDisk;

    public long Syncs, SyncsFailed, CreatesFailed;

    /// <summary>How long the last sync took, the longest of all, and all together, ns.</summary>
    public long SyncNsLast, SyncNsMax, SyncNsTotal;

    /// <summary>Segments let go because all in them was older than the window.</summary>
    public long SegmentsExpired;

    /// <summary>Segments found deleted, or cut, by somebody else.</summary>
    public long SegmentsMissing, SegmentsCut;

    /// <summary>Places where a cursor could not read, or found no record where one should be: each is a gap. Counted by the cursors' threads.</summary>
    public long ReadsFailed, RecordsHarmed;

    /// <summary>What the kernel said to the last read that failed, positive; 0 if none.</summary>
    public long ReadErrno;

    /// <summary>At opening: segments read through because nothing had closed them, and files that are no segments.</summary>
    public long SegmentsScanned, SegmentsRejected;

    /// <summary>At opening: segments whose records end before the point known to be durable. Decay, not a torn tail: an alarm.</summary>
    public long SegmentsShort;

    /// <summary>Records that a power cut may take: written to a segment whose sync failed.</summary>
    public long RecordsAtRisk;

    /// <summary>The last error number met, positive; 0 if none.</summary>
    public long LastErrno;

    public long Dropped => DroppedNoSegment + DroppedWriteFailed + DroppedTooLarge;
}
