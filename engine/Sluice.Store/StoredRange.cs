using System.Diagnostics.CodeAnalysis;
using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// A stretch of a channel from one random access point to right before another, to be read again and again: its segments stay pinned and open
/// while the window moves on over them, for which a <see cref="PinBudget"/> says how much that may be. Opened by a control thread, then read and
/// disposed by one thread.
/// </summary>
public sealed class StoredRange : IDisposable
{
    /// <summary>So much before the first point is read for what decoders need before it: tables of MPEG-TS come ten times a second.</summary>
    private const long LeadNs = 1_000_000_000;

    private readonly ChannelStore _store;
    private readonly PinBudget _budget;
    private readonly ReadBuffer _buffer = new();
    private readonly List<(StoredSegment Segment, SegmentReader Reader)> _held = [];
    private RangePlace _begin, _end;
    private long _leadOffset = SegmentHeader.PageBytes;
    private int _at;
    private bool _isInSegment;
    private bool _isDisposed;

    private StoredRange(ChannelStore store, PinBudget budget) => (_store, _budget) = (store, budget);

    /// <summary>Delivery time of the record that it begins with, and of the one that it ends before; wall ns.</summary>
    public long BeginWallNs => _begin.WallNs;
    public long EndWallNs => _end.WallNs;

    /// <summary>Bytes of the segments that it keeps.</summary>
    public long Bytes { get; private set; }

    /// <summary>What the payloads are.</summary>
    public StoredMedia Media => _held[0].Reader.Header.Media;

    /// <summary>
    /// Finds and pins a stretch: from the newest access point at or before <paramref name="fromWallNs"/>, or the oldest that is held, to the newest at or
    /// before <paramref name="toWallNs"/>. On false <paramref name="fault"/> says why not, as a sentence for people. Reads files.
    /// </summary>
    public static bool TryOpen(
        ChannelStore store, PinBudget budget, long fromWallNs, long toWallNs, [NotNullWhen(true)] out StoredRange? range, out string fault)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(budget);
        range = new StoredRange(store, budget);
        fault = range.Find(fromWallNs, toWallNs) ?? range.Pin() ?? "";
        if (fault.Length == 0)
            return true;
        range.Dispose();
        range = null;
        return false;
    }

    /// <summary>Goes to its beginning, some time before its first access point.</summary>
    public void Rewind() => (_at, _isInSegment) = (0, false);

    /// <summary>The next record, valid until the next call; goes on behind its end as far as its last segment reaches. False at the end of that.</summary>
    public bool TryNext(out StoredRecord record)
    {
        record = default;
        for (; _at < _held.Count; (_at, _isInSegment) = (_at + 1, false))
        {
            var (segment, reader) = _held[_at];
            if (!_isInSegment)
                reader.Seek(_at == 0 ? _leadOffset : SegmentHeader.PageBytes);
            _isInSegment = true;
            reader.LimitOffset = segment.EndOffset;
            var status = reader.TryNext(out record);
            if (status != ReadStatus.Record)
            {
                Count(status, reader.Errno);
                continue;
            }
            var place = new RangePlace(segment.Header.Number, record.Offset, 0);
            (IsFromBegin, IsFromEnd) = (!_begin.IsAfter(place), !_end.IsAfter(place));
            return true;
        }
        return false;
    }

    /// <summary>The segment of the record last read: its run says to what its monotonic time compares.</summary>
    public SegmentHeader Header => _held[Math.Min(_at, _held.Count - 1)].Reader.Header;

    /// <summary>Whether the record last read is the one with which the stretch begins or lies behind it; and the same of the one that it ends before.</summary>
    public bool IsFromBegin { get; private set; }
    public bool IsFromEnd { get; private set; }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        foreach (var (segment, reader) in _held)
        {
            reader.Dispose();
            segment.Unpin();
        }
        _budget.Return(Bytes);
    }

    // What the segment has behind that is left out: a hole in the numbers, and an alarm as for every reader.
    private void Count(ReadStatus status, int errno)
    {
        if (status == ReadStatus.Damaged)
            Interlocked.Increment(ref _store.Counters.RecordsHarmed);
        if (status != ReadStatus.Failed)
            return;
        Volatile.Write(ref _store.Counters.ReadErrno, errno);
        Interlocked.Increment(ref _store.Counters.ReadsFailed);
    }

    private string? Find(long fromWallNs, long toWallNs)
    {
        if (!_store.TryGetHeld(out _, out _))
            return "nothing is kept yet";
        var shown = _store.Shown;
        if (!TryFindLast(shown, fromWallNs, out _begin) && !TryFindFirst(shown, out _begin))
            return "there is no random access point in what is kept";
        return TryFindLast(shown, toWallNs, out _end) && _end.IsAfter(_begin)
            ? null : "there are no two random access points in that time, so no whole group of pictures";
    }

    private string? Pin()
    {
        var (first, lead) = FindLead();
        _leadOffset = lead;
        foreach (var segment in _store.Shown.Where(s => s.Header.Number >= first && s.Header.Number <= _end.Number))
        {
            if (!_budget.TryTake(segment.FileBytes))
                return $"it would keep more of the store than loops may, {_budget.BytesMax >> 20} MiB in all, of which {_budget.Taken >> 20} MiB are taken";
            Bytes += segment.FileBytes;
            if (!TryHold(segment, out var fault))
                return fault;
        }
        return _held.Count > 0 && _held[^1].Segment.Header.Number == _end.Number ? null : "the window moved on over it meanwhile";
    }

    private bool TryHold(StoredSegment segment, out string fault)
    {
        fault = "the window moved on over it meanwhile";
        if (!segment.TryPin())
            return false;
        if (!SegmentReader.TryOpen(segment.Path, _store.Disk, _buffer, StoreLimits.CursorBytes, out var reader, out var error))
        {
            segment.Unpin();
            fault = $"a segment cannot be read: {error.Message}";
            return false;
        }
        _held.Add((segment, reader));
        return _held[0].Reader.Header.Media == reader.Header.Media || Refuse("what is kept changes its encoding within that time", out fault);
    }

    private static bool Refuse(string why, out string fault)
    {
        fault = why;
        return false;
    }

    // In the segment before, when the first point is right at the beginning of its own.
    private (ulong Number, long Offset) FindLead()
    {
        StoredSegment? before = null;
        foreach (var segment in _store.Shown)
        {
            if (segment.Header.Number == _begin.Number)
                return TryFind(segment, _begin.WallNs - LeadNs, isAccess: false, out var place) ? (place.Number, place.Offset)
                    : before is not null && TryFind(before, _begin.WallNs - LeadNs, isAccess: false, out place) ? (place.Number, place.Offset)
                    : (_begin.Number, SegmentHeader.PageBytes);
            before = segment;
        }
        return (_begin.Number, SegmentHeader.PageBytes);
    }

    private bool TryFindLast(IReadOnlyList<StoredSegment> shown, long wallNs, out RangePlace place)
    {
        place = default;
        for (var i = shown.Count - 1; i >= 0; i--)
            if (shown[i].Header.CreatedWallNs <= wallNs && TryFind(shown[i], wallNs, isAccess: true, out place))
                return true;
        return false;
    }

    private bool TryFindFirst(IReadOnlyList<StoredSegment> shown, out RangePlace place)
    {
        place = default;
        foreach (var segment in shown)
            if (TryLoadIndex(segment, out var index) && index.TryFindAccess(out var entry))
            {
                place = new(segment.Header.Number, entry.Offset, entry.WallNs);
                return true;
            }
        return false;
    }

    private bool TryFind(StoredSegment segment, long wallNs, bool isAccess, out RangePlace place)
    {
        place = default;
        if (!TryLoadIndex(segment, out var index) || !index.TryFind(wallNs, isAccess, out var entry))
            return false;
        place = new(segment.Header.Number, entry.Offset, entry.WallNs);
        return true;
    }

    private bool TryLoadIndex(StoredSegment segment, out SegmentIndex index)
    {
        index = segment.LiveIndex!;
        return index is not null || SegmentScan.TryLoadIndex(segment.Path, _store.Disk, out index, out _);
    }

    private readonly record struct RangePlace(ulong Number, long Offset, long WallNs)
    {
        public bool IsAfter(RangePlace other) => Number > other.Number || (Number == other.Number && Offset > other.Offset);
    }
}
