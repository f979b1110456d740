namespace Sluice.Store;

/// <summary>A channel's segments, oldest first. Changed by the store thread; <see cref="Shown"/> is for everybody.</summary>
internal sealed class SegmentList(List<StoredSegment> found)
{
    private readonly List<StoredSegment> _all = found;
    private volatile StoredSegment[] _shown = [.. found];

    public int Count => _all.Count;
    public StoredSegment this[int i] => _all[i];
    public IReadOnlyList<StoredSegment> All => _all;

    /// <summary>As it was after the last change.</summary>
    public StoredSegment[] Shown => _shown;

    public long FileBytes
    {
        get
        {
            long bytes = 0;
            foreach (var segment in _all)
                bytes += segment.FileBytes;
            return bytes;
        }
    }

    public void Add(StoredSegment segment)
    {
        _all.Add(segment);
        _shown = [.. _all];
    }

    public void RemoveOldest() => Remove(_all[0]);

    public void Remove(StoredSegment segment)
    {
        _all.Remove(segment);
        _shown = [.. _all];
    }
}
