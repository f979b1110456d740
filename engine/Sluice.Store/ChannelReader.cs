using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// Reads a channel's records in order through all its segments, as they were when it was opened. Needs no lock and no
/// <see cref="ChannelStore"/>; a segment that ends early or is harmed is read up to there, then the next is begun.
/// </summary>
public sealed class ChannelReader : IDisposable
{
    private readonly string _directory;
    private readonly IStoreDisk _disk;
    private readonly ulong[] _numbers;
    private int _next;
    private SegmentReader? _current;

    /// <param name="directory">The channel's directory, <c>store/channel</c>.</param>
    public ChannelReader(string directory) : this(directory, LinuxDisk.Instance) { }

    internal ChannelReader(string directory, IStoreDisk disk) =>
        (_directory, _disk, _numbers) = (directory, disk, ChannelDirectory.List(directory, disk));

    /// <summary>Segments whose records stop at bytes that are no record.</summary>
    public int SegmentsDamaged { get; private set; }

    /// <summary>Files left out: not segments, or unreadable.</summary>
    public int SegmentsSkipped { get; private set; }

    /// <summary>The segment of the record last read.</summary>
    public SegmentHeader Header => _current?.Header ?? default;

    /// <summary>The next record; false at the end of the last segment.</summary>
    public bool TryNext(out StoredRecord record)
    {
        record = default;
        while (_current is not null || TryOpenNext())
        {
            var status = _current!.TryNext(out record);
            if (status == ReadStatus.Record)
                return true;
            if (status != ReadStatus.End)
                SegmentsDamaged++;
            _current.Dispose();
            _current = null;
        }
        return false;
    }

    public void Dispose() => _current?.Dispose();

    private bool TryOpenNext()
    {
        while (_next < _numbers.Length)
        {
            var number = _numbers[_next++];
            if (SegmentReader.TryOpen(ChannelDirectory.PathOf(_directory, number), _disk, out var reader, out LinuxError _))
            {
                _current = reader;
                if (reader.Header.Number == number)
                    return true;
                _current = null; // a file given to another segment that has not begun
                reader.Dispose();
            }
            SegmentsSkipped++;
        }
        return false;
    }
}
