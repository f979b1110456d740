using Sluice.Linux;

namespace Sluice.Store;

// Ownership                       written by       read by            changes hands when
//   Range, IsPoisoned, FileBytes  store thread     store thread       —
//   EndOffset, Resident           store thread     any                each is one word
//   LiveIndex                     store thread     any                null again once the file has it
//   Mapping                       store thread     whoever pinned it  retired, and the last pin is gone: unmapped by who lets go last
/// <summary>
/// One segment as its channel knows it. Whoever reads or sends from it elsewhere than on the store thread pins it meanwhile, so that its
/// bytes stay: a pinned segment that must make room loses its name, not its content.
/// </summary>
public sealed class StoredSegment
{
    private const int Retired = int.MinValue;

    private long _endOffset;
    private long _lastWallNs;
    private long _residentBytes;
    private int _pins;

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

    /// <summary>Delivery time of the newest record, wall ns, for any thread.</summary>
    public long LastWallNs => Volatile.Read(ref _lastWallNs);

    /// <summary>Bytes of it that were in the page cache when last looked at, for any thread.</summary>
    public long ResidentBytes { get => Volatile.Read(ref _residentBytes); internal set => Volatile.Write(ref _residentBytes, value); }

    /// <summary>Closed in order: the header page says where it ends.</summary>
    public bool IsSealed { get; internal set; }

    /// <summary>A write or sync failed: never written again, what was committed before is still read.</summary>
    public bool IsPoisoned { get; internal set; }

    /// <summary>The index as far as it is written, while the file has none that is whole; null when the file has. Any thread.</summary>
    public SegmentIndex? LiveIndex
    {
        get => Volatile.Read(ref _liveIndex);
        internal set => Volatile.Write(ref _liveIndex, value);
    }

    private SegmentIndex? _liveIndex;

    /// <summary>
    /// The file, for questions and advice to the kernel; null if it could not be mapped. Never dereferenced. Only between
    /// <see cref="TryPin"/> and <see cref="Unpin"/>.
    /// </summary>
    public MappedFile? Mapping { get; internal set; }

    /// <summary>Keeps its bytes and its mapping until <see cref="Unpin"/>; false when it has been let go. Any thread.</summary>
    public bool TryPin()
    {
        for (var pins = Volatile.Read(ref _pins); pins >= 0;)
        {
            var before = Interlocked.CompareExchange(ref _pins, pins + 1, pins);
            if (before == pins)
                return true;
            pins = before;
        }
        return false;
    }

    /// <summary>Whether it has left the window: who has it pinned should go on to the next.</summary>
    public bool IsRetired => Volatile.Read(ref _pins) < 0;

    public void Unpin()
    {
        if (Interlocked.Decrement(ref _pins) == Retired)
            Unmap();
    }

    /// <summary>No new pins from here on. True when there are none: the file may be written anew.</summary>
    internal bool Retire()
    {
        if (Interlocked.Or(ref _pins, Retired) != 0)
            return false;
        Unmap();
        return true;
    }

    internal void Advance(in SegmentRange range)
    {
        Range = range;
        Volatile.Write(ref _lastWallNs, range.LastWallNs);
        Volatile.Write(ref _endOffset, range.EndOffset);
    }

    private void Unmap()
    {
        Mapping?.Dispose();
        Mapping = null;
    }
}
