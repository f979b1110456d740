using System.Buffers.Binary;

namespace Sluice.Store;

/// <summary>One place in a segment: a record's delivery time and where it begins.</summary>
/// <param name="WallNs">Delivery time of the record, wall ns.</param>
/// <param name="Offset">Byte offset of the record in the file, a multiple of 8.</param>
/// <param name="IsRandomAccess">Whether a decoder may begin at this record.</param>
public readonly record struct IndexEntry(long WallNs, long Offset, bool IsRandomAccess);

/// <summary>
/// Sparse index of one segment, by delivery time and by random access point: a hint of where to begin reading, never
/// proof that a record is there. An entry of each kind at most every <see cref="StrideBytes"/>, so a reader that
/// begins at the entry found has at most one stride to go. Added to by the store thread; what is in it may be read by any thread meanwhile, for
/// entries are only ever added, until <see cref="Clear"/>.
/// </summary>
/// <remarks><code>
///   entry: 0 delivery time, wall ns   8 offset | 1 if random access      (16 bytes, little-endian)
/// </code></remarks>
public sealed class SegmentIndex
{
    public const int EntryBytes = 16;

    private readonly IndexEntry[] _entries;
    private int _count;   // written after the entry
    private long _nextTimed = SegmentHeader.PageBytes;
    private long _nextRandomAccess = SegmentHeader.PageBytes;

    /// <summary>An empty index with room for everything a segment of this size can ask for; adding never allocates.</summary>
    public SegmentIndex(long segmentBytes)
    {
        StrideBytes = StrideOf(segmentBytes);
        _entries = new IndexEntry[EntriesMax(segmentBytes)];
    }

    public long StrideBytes { get; }
    public int Count => Volatile.Read(ref _count);
    public IndexEntry this[int i] => _entries[i];

    /// <summary>Bytes at the end of a segment that records must leave for the index.</summary>
    public static int ReserveBytes(long segmentBytes) => EntriesMax(segmentBytes) * EntryBytes;

    /// <summary>Where the index of an uncut segment begins, and its records end at the latest.</summary>
    public static long RegionOf(long segmentBytes) => segmentBytes - ReserveBytes(segmentBytes);

    public void Clear()
    {
        _count = 0;
        _nextTimed = _nextRandomAccess = SegmentHeader.PageBytes;
    }

    /// <summary>Notes the record at <paramref name="offset"/> if it is far enough from the last one noted.</summary>
    public void Add(in RecordMeta meta, long offset)
    {
        var isRandomAccess = (meta.Flags & RecordFlags.RandomAccess) != 0 && offset >= _nextRandomAccess;
        if (!isRandomAccess && offset < _nextTimed || Count == _entries.Length)
            return;
        Keep(new IndexEntry(meta.DeliveryWallNs, offset, isRandomAccess));
    }

    /// <summary>The last entry at or before an instant, from which a reader goes forward; false when all are later.</summary>
    public bool TryFind(long wallNs, bool randomAccessOnly, out IndexEntry entry)
    {
        // Backwards and not by halving: the wall clock may have been stepped back within the segment.
        for (var i = Count - 1; i >= 0; i--)
        {
            entry = _entries[i];
            if (entry.WallNs <= wallNs && (entry.IsRandomAccess || !randomAccessOnly))
                return true;
        }
        entry = default;
        return false;
    }

    /// <summary>
    /// Where a reader that cannot go on at a place may try again: an entry behind it, as many further on as said; false when there is none.
    /// </summary>
    public bool TryFindAfter(long offset, int further, out IndexEntry entry)
    {
        var count = Count;
        var first = 0;
        while (first < count && _entries[first].Offset <= offset)
            first++;
        var isThere = further < count - first;
        entry = isThere ? _entries[first + further] : default;
        return isThere;
    }

    /// <summary>The first access point that is noted; false when there is none.</summary>
    public bool TryFindAccess(out IndexEntry entry)
    {
        var count = Count;
        for (var i = 0; i < count; i++)
        {
            entry = _entries[i];
            if (entry.IsRandomAccess)
                return true;
        }
        entry = default;
        return false;
    }

    /// <summary>Writes the entries from <paramref name="first"/> on, as many as there is room for, and returns their bytes.</summary>
    public int Write(Span<byte> target, int first = 0)
    {
        var written = 0;
        for (var i = first; i < Count && target.Length - written >= EntryBytes; i++, written += EntryBytes)
        {
            BinaryPrimitives.WriteInt64LittleEndian(target[written..], _entries[i].WallNs);
            BinaryPrimitives.WriteInt64LittleEndian(target[(written + 8)..], _entries[i].Offset | (_entries[i].IsRandomAccess ? 1L : 0L));
        }
        return written;
    }

    /// <summary>Replaces the content by entries that <see cref="Write"/> wrote; false when they cannot be of this segment.</summary>
    public bool TryRead(ReadOnlySpan<byte> source, in SegmentRange range)
    {
        Clear();
        if (source.Length % EntryBytes != 0 || source.Length / EntryBytes > _entries.Length)
            return false;
        for (; !source.IsEmpty; source = source[EntryBytes..])
        {
            var word = BinaryPrimitives.ReadInt64LittleEndian(source[8..]);
            var entry = new IndexEntry(BinaryPrimitives.ReadInt64LittleEndian(source), word & ~7L, (word & 1) != 0);
            if (entry.Offset < SegmentHeader.PageBytes || entry.Offset >= range.EndOffset)
                return false;
            Keep(entry);
        }
        return true;
    }

    // The places from which the next entry of each kind is wanted follow from the entries alone, so that an index read back goes on as it was.
    private void Keep(in IndexEntry entry)
    {
        if (entry.IsRandomAccess)
            _nextRandomAccess = entry.Offset + StrideBytes;
        if (entry.Offset >= _nextTimed)
            _nextTimed = entry.Offset + StrideBytes;
        _entries[_count] = entry;
        Volatile.Write(ref _count, _count + 1);
    }

    // About a thousand entries of each kind a segment, but never one for less than a page.
    private static long StrideOf(long segmentBytes) => Math.Max(4_096, segmentBytes / 1_024);

    private static int EntriesMax(long segmentBytes) => 2 * (int)(segmentBytes / StrideOf(segmentBytes) + 1);
}
