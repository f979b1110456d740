using Sluice.Linux;

namespace Sluice.Store;

/// <summary>One record as read: valid until the reader is asked for the next.</summary>
public readonly ref struct StoredRecord
{
    public RecordMeta Meta { get; init; }
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Where the record begins in its file.</summary>
    public long Offset { get; init; }

    public int SizeBytes => RecordCodec.SizeOf(Payload.Length);
}

/// <summary>What a reader found at its place.</summary>
public enum ReadStatus
{
    Record,

    /// <summary>Nothing is committed here (yet): the end of the segment, or of what has been written so far.</summary>
    End,

    /// <summary>Bytes that are no record where one should be. Nothing past them is ever served.</summary>
    Damaged,

    /// <summary>The file could not be read; see <see cref="SegmentReader.Errno"/>.</summary>
    Failed,
}

/// <summary>
/// Reads the records of one segment in order, by <c>pread</c> alone, checking epoch and checksum of each. May follow a
/// segment that is being written: after <see cref="ReadStatus.End"/> it looks again. Owned by one thread.
/// </summary>
public sealed class SegmentReader : IDisposable
{
    private readonly IStoreFile _file;
    private readonly int _bufferBytes;
    private ReadBuffer _buffer;
    private long _bufferOffset;
    private int _buffered;
    private long _beganOffset;   // where it was when it had the buffer anew

    private SegmentReader(IStoreFile file, in SegmentHeader header, ReadBuffer buffer, int bufferBytes)
    {
        (_file, Header, _buffer, FileBytes) = (file, header, buffer, file.Length);
        (Offset, _beganOffset) = (SegmentHeader.PageBytes, SegmentHeader.PageBytes);
        _bufferBytes = (int)Math.Min(bufferBytes, Header.FileBytes);
    }

    public SegmentHeader Header { get; }

    /// <summary>The seal, when the segment was closed in order and has not been cut since.</summary>
    public SegmentSeal? Seal { get; private init; }

    /// <summary>The last sync that succeeded; null if there was none.</summary>
    public SegmentMark? Mark { get; private init; }

    /// <summary>How far the segment is known to be on the medium; 0 if never synced.</summary>
    public long DurableOffset => Mark?.DurableOffset ?? 0;

    /// <summary>Length of the file when it was opened, or -errno.</summary>
    public long FileBytes { get; }

    /// <summary>Nothing from here on is read: what lies there may be half written. As long as the file, if nobody says otherwise.</summary>
    public long LimitOffset { get; set; } = long.MaxValue;

    /// <summary>Where the next record is looked for.</summary>
    public long Offset { get; private set; }

    /// <summary>Error number of the last <see cref="ReadStatus.Failed"/>.</summary>
    public int Errno { get; private set; }

    /// <summary>Opens a segment file; false with EINVAL when its header page is not that of a segment.</summary>
    public static bool TryOpen(string path, out SegmentReader reader, out LinuxError error) =>
        TryOpen(path, LinuxDisk.Instance, out reader, out error);

    internal static bool TryOpen(string path, IStoreDisk disk, out SegmentReader reader, out LinuxError error) =>
        TryOpen(path, disk, new ReadBuffer(), StoreLimits.ReadBytes, out reader, out error);

    // bufferBytes: what is read at a time, room for a record of the largest size.
    internal static bool TryOpen(
        string path, IStoreDisk disk, ReadBuffer buffer, int bufferBytes, out SegmentReader reader, out LinuxError error)
    {
        reader = null!;
        if (!disk.TryOpen(path, write: false, out var file, out error))
            return false;
        Span<byte> page = stackalloc byte[SegmentHeader.PageBytes];
        var got = file.ReadAt(page, 0);
        if (got < page.Length || !SegmentHeader.TryRead(page, out var header))
        {
            file.Dispose();
            error = new LinuxError(got < 0 ? -got : Linux.Errno.EINVAL, "pread") { Advice = $"{path} is not a segment that this program can read" };
            return false;
        }
        var isSealed = SegmentSeal.TryRead(page, header, out var seal) && file.Length >= seal.Range.EndOffset;
        reader = new SegmentReader(file, header, buffer, bufferBytes)
        {
            Seal = isSealed ? seal : null,
            Mark = SegmentMark.TryRead(page, header, out var mark) ? mark : null,
        };
        return true;
    }

    /// <summary>Goes to a record's beginning, as an index entry or an earlier record gave it.</summary>
    public void Seek(long offset) => Offset = offset;

    /// <summary>Reads into another buffer from now on.</summary>
    public void ReadInto(ReadBuffer buffer) => (_buffer, _buffered) = (buffer, 0);

    /// <summary>Reads the record at <see cref="Offset"/> and moves past it; anything but <see cref="ReadStatus.Record"/> stays.</summary>
    public ReadStatus TryNext(out StoredRecord record)
    {
        var status = TryRead(out record);
        if (status == ReadStatus.Record)
            Offset += record.SizeBytes;
        else
            _buffered = 0; // what follows may be written by the time of the next call
        return status;
    }

    /// <summary>
    /// Reads the index as the seal vouches for it, or as the last mark does; false when there is none or it is not as it was written.
    /// </summary>
    public bool TryReadIndex(SegmentIndex index)
    {
        ArgumentNullException.ThrowIfNull(index);
        if (Seal is { } seal)
            return TryReadIndex(index, seal.IndexOffset, seal.IndexEntries, seal.IndexCrc, seal.Range);
        return Mark is { } mark && FileBytes >= mark.DurableOffset
            && TryReadIndex(index, SegmentIndex.RegionOf(Header.FileBytes), mark.IndexEntries, mark.IndexCrc, mark.Range);
    }

    public void Dispose() => _file.Dispose();

    private bool TryReadIndex(SegmentIndex index, long offset, int entries, uint crc, in SegmentRange range)
    {
        if (entries > StoreLimits.ReadBytes / SegmentIndex.EntryBytes)
            return false;
        var bytes = new byte[entries * SegmentIndex.EntryBytes];
        return _file.ReadAt(bytes, offset) == bytes.Length && Crc32C.Compute(bytes) == crc && index.TryRead(bytes, range);
    }

    private ReadStatus TryRead(out StoredRecord record)
    {
        record = default;
        if (Offset >= LimitOffset || Seal is { } seal && Offset >= seal.Range.EndOffset)
            return ReadStatus.End;
        if (!TryFill(RecordCodec.HeaderBytes, out var bytes))
            return ReadStatus.Failed;
        if (!RecordCodec.IsCommitted(bytes, Header.Epoch))
            return Seal is null ? ReadStatus.End : ReadStatus.Damaged;
        if (!TryFill(RecordCodec.SizeOf(RecordCodec.PayloadLengthOf(bytes)), out bytes))
            return ReadStatus.Failed;
        if (!RecordCodec.TryRead(bytes, Header.Epoch, out var meta, out var payload))
            return ReadStatus.Damaged;
        record = new StoredRecord { Meta = meta, Payload = payload, Offset = Offset };
        return ReadStatus.Record;
    }

    // As many of the wanted bytes as the file has; false when it cannot be read.
    private bool TryFill(int wantedBytes, out ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Reader != this)
            Begin();
        var at = Offset - _bufferOffset;
        if (_buffered == 0 || at < 0 || at + wantedBytes > _buffered)
        {
            at = 0;
            var got = Read(Math.Max(wantedBytes, _blockBytes));
            if (got < 0 && wantedBytes < _blockBytes)
                got = Read(wantedBytes); // it may be what lies behind that cannot be read
            (_bufferOffset, _buffered, Errno) = (Offset, Math.Max(got, 0), Math.Max(-got, 0));
        }
        bytes = _buffer.Bytes.AsSpan((int)at, Math.Max(0, _buffered - (int)at));
        return Errno == 0;
    }

    // It has the buffer anew: as much as it used last time is what it will use, and a little more.
    private void Begin()
    {
        _buffer.Make(_bufferBytes);
        var usedBytes = Offset - _beganOffset;
        _blockBytes = usedBytes > 0 ? (int)Math.Clamp(usedBytes + usedBytes / 8, BlockBytesMin, _bufferBytes) : _bufferBytes;
        (_buffer.Reader, _buffered, _beganOffset) = (this, 0, Offset);
    }

    private int Read(int bytes) =>
        _file.ReadAt(_buffer.Bytes.AsSpan(0, (int)Math.Min(Math.Min(bytes, _bufferBytes), LimitOffset - Offset)), Offset);

    private const int BlockBytesMin = 4_096;
    private int _blockBytes;
}
