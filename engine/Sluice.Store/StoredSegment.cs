using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// One segment as its channel knows it. Written by the store thread; other threads may read <see cref="EndOffset"/>,
/// <see cref="Mapping"/> and everything that never changes.
/// </summary>
public sealed class StoredSegment
{
    private long _endOffset;

    internal StoredSegment(string path, in SegmentHeader header, in SegmentRange range)
    {
        (Path, Header, FileBytes) = (path, header, header.FileBytes);
        Advance(range);
    }

    public string Path { get; }
    public SegmentHeader Header { get; }

    /// <summary>Bytes that the file takes on disk.</summary>
    public long FileBytes { get; internal set; }

    /// <summary>What is committed. Store thread only.</summary>
    public SegmentRange Range { get; private set; }

    /// <summary>End of the committed records, for any thread.</summary>
    public long EndOffset => Volatile.Read(ref _endOffset);

    /// <summary>Closed in order: the header page says where it ends.</summary>
    public bool IsSealed { get; internal set; }

    /// <summary>A write or sync failed: never written again, what was committed before is still read.</summary>
    public bool IsPoisoned { get; internal set; }

    /// <summary>
    /// The file as the kernel sends from it; null if it could not be mapped. Never dereferenced by managed code. Ends
    /// with the segment: whoever sends from it must be done before the store lets the segment go.
    /// </summary>
    public MappedFile? Mapping { get; internal set; }

    internal void Advance(in SegmentRange range)
    {
        Range = range;
        Volatile.Write(ref _endOffset, range.EndOffset);
    }
}
