using System.Buffers.Binary;
using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// The bytes of an asset's file that are no payload (a capture's headers, what lies between transport packets), each with its place among the payloads, so that
/// the file can be given back to the byte. Entries of 16 bytes and what they hold: place u64, length u32, CRC32C u32, over place, length and bytes. There is
/// no such file where all is payload. Every entry is on its way to the kernel before the payloads behind it.
/// </summary>
internal sealed class AssetRest(string directory) : IDisposable
{
    public const string FileName = "rest";
    public const int HeadBytes = 16;

    /// <summary>An entry's content; longer ones are several entries.</summary>
    public const int ContentBytesMax = 64 << 10;

    private readonly string _path = Path.Combine(directory, FileName);
    private readonly byte[] _entry = new byte[HeadBytes + ContentBytesMax];
    private DataFile? _file;
    private long _end;
    private bool _isDirty;

    /// <summary>Bytes of its file.</summary>
    public long FileBytes => _end;

    /// <summary>Adds an entry. 0 or -errno.</summary>
    public int Add(long place, ReadOnlySpan<byte> bytes)
    {
        if (_file is null && Open() is < 0 and var error)
            return error;
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(bytes.Length, ContentBytesMax)..])
        {
            var content = bytes[..Math.Min(bytes.Length, ContentBytesMax)];
            content.CopyTo(_entry.AsSpan(HeadBytes));
            WriteHead(_entry, place, content.Length);
            var written = _file!.WriteAt(_entry.AsSpan(0, HeadBytes + content.Length), _end);
            if (written < 0)
                return written;
            _end += written;
            _isDirty = true;
        }
        return 0;
    }

    /// <summary>Goes on behind the entries that are believed; what lies beyond them goes. 0 or -errno.</summary>
    public int CutTo(long bytes)
    {
        _end = bytes;
        if (!File.Exists(_path))
            return 0;
        var error = _file is null ? Open() : 0;
        return error < 0 ? error : _file!.SetLength(bytes);
    }

    /// <summary>0 or -errno.</summary>
    public int Sync()
    {
        if (!_isDirty)
            return 0;
        _isDirty = false;
        return _file!.Sync();
    }

    public void Dispose() => _file?.Dispose();

    private int Open()
    {
        if (!DataFile.TryOpen(_path, write: true, out _file!, out _) && !DataFile.TryCreate(_path, 0, out _file!, out var error))
            return -error.Errno;
        return 0;
    }

    private static void WriteHead(Span<byte> entry, long place, int length)
    {
        BinaryPrimitives.WriteInt64LittleEndian(entry, place);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], CrcOf(entry, length));
    }

    private static uint CrcOf(ReadOnlySpan<byte> entry, int length) =>
        Crc32C.Compute(entry[..12]) ^ Crc32C.Compute(entry.Slice(HeadBytes, length));

    /// <summary>Reads one entry; false at the end, or where there is no whole one.</summary>
    internal static bool TryRead(DataFile file, ref long offset, byte[] entry, out long place, out int length)
    {
        (place, length) = (0, 0);
        if (file.ReadAt(entry.AsSpan(0, HeadBytes), offset) != HeadBytes)
            return false;
        place = BinaryPrimitives.ReadInt64LittleEndian(entry);
        length = BinaryPrimitives.ReadInt32LittleEndian(entry.AsSpan(8));
        if (length is < 1 or > ContentBytesMax || file.ReadAt(entry.AsSpan(HeadBytes, length), offset + HeadBytes) != length
            || CrcOf(entry, length) != BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(12)))
            return false;
        offset += HeadBytes + length;
        return true;
    }
}
