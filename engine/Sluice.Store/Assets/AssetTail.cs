using System.Buffers.Binary;
using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// What of an unfinished file has come and waits in memory for the clock reference behind it, put aside when its sender goes: <c>tail</c>, its place
/// in the file u64, CRC32C u32, bytes. Of use when what is kept otherwise reaches to its place.
/// </summary>
internal static class AssetTail
{
    private const string FileName = "tail";
    private const int HeadBytes = 12;

    /// <summary>Replaces it. 0 or -errno.</summary>
    public static int Save(string directory, long place, ReadOnlySpan<byte> bytes)
    {
        var (path, part) = (Path.Combine(directory, FileName), Path.Combine(directory, FileName + ".part"));
        var whole = new byte[HeadBytes + bytes.Length];
        BinaryPrimitives.WriteInt64LittleEndian(whole, place);
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(8), Crc32C.Compute(bytes));
        bytes.CopyTo(whole.AsSpan(HeadBytes));
        LinuxDisk.Instance.TryDelete(part);
        if (!DataFile.TryCreate(part, 0, out var file, out var error))
            return -error.Errno;
        using (file)
            if ((file.WriteAt(whole, 0) is < 0 and var wrong) || (wrong = file.Sync()) < 0)
                return wrong;
        LinuxDisk.Instance.TryDelete(path);
        return LinuxDisk.Instance.TryRename(part, path) ? 0 : -Errno.EIO;
    }

    /// <summary>The bytes that follow a place in the file, as far as they were put aside; none when they were not.</summary>
    public static ReadOnlySpan<byte> Load(string directory, long place)
    {
        if (!DataFile.TryOpen(Path.Combine(directory, FileName), write: false, out var file, out _))
            return default;
        using (file)
        {
            var whole = new byte[Math.Max(0, file.Length)];
            if (whole.Length < HeadBytes || file.ReadAt(whole, 0) != whole.Length
                || Crc32C.Compute(whole.AsSpan(HeadBytes)) != BinaryPrimitives.ReadUInt32LittleEndian(whole.AsSpan(8)))
                return default;
            var done = place - BinaryPrimitives.ReadInt64LittleEndian(whole);
            return done >= 0 && done <= whole.Length - HeadBytes ? whole.AsSpan(HeadBytes + (int)done) : default;
        }
    }

    public static void Delete(string directory) => LinuxDisk.Instance.TryDelete(Path.Combine(directory, FileName));
}
