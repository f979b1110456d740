using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Tests.Store;

/// <summary>
/// The real file system, with errors in place of its calls: this kernel has no device that fails on demand. Each is a positive errno, 0 for
/// none, and stands until it is taken away.
/// </summary>
internal sealed class FaultyDisk : IStoreDisk
{
    public int CreateErrno { get; set; }
    public int WriteErrno { get; set; }
    public int SyncErrno { get; set; }
    public int ReadErrno { get; set; }

    /// <summary>The stretch of every file to which <see cref="ReadErrno"/> is bound: all of it, if nobody says otherwise.</summary>
    public long ReadFaultOffset { get; set; }
    public long ReadFaultBytes { get; set; } = long.MaxValue / 2;

    public int DirectoryErrno { get; set; }

    /// <summary>Writes that still succeed before <see cref="WriteErrno"/> takes effect.</summary>
    public int WritesBefore { get; set; }

    /// <summary>Writes that fail then; after them all is well again.</summary>
    public int WritesToFail { get; set; } = int.MaxValue;

    public bool TryCreate(string path, long bytes, out IStoreFile file, out LinuxError error)
    {
        file = null!;
        error = new LinuxError(CreateErrno, "fallocate");
        return CreateErrno == 0 && LinuxDisk.Instance.TryCreate(path, bytes, out file, out error) && Wrap(ref file);
    }

    public bool TryOpen(string path, bool write, out IStoreFile file, out LinuxError error) =>
        LinuxDisk.Instance.TryOpen(path, write, out file, out error) && Wrap(ref file);

    public IReadOnlyList<string> List(string directory, string suffix) => LinuxDisk.Instance.List(directory, suffix);
    public bool TryDelete(string path) => LinuxDisk.Instance.TryDelete(path);
    public bool TryRename(string from, string to) => LinuxDisk.Instance.TryRename(from, to);
    public int SyncDirectory(string path) => DirectoryErrno > 0 ? -DirectoryErrno : LinuxDisk.Instance.SyncDirectory(path);
    public bool TryTake(string directory, out IDisposable held, out StoreProblem problem) => LinuxDisk.Instance.TryTake(directory, out held, out problem);

    private bool Wrap(ref IStoreFile file)
    {
        file = new FaultyFile(this, file);
        return true;
    }

    // The error of this write, or 0 for a real write.
    private int TakeWrite() => WriteErrno == 0 || WritesBefore-- > 0 || WritesToFail-- <= 0 ? 0 : WriteErrno;

    private bool IsUnreadable(long offset, int bytes) =>
        ReadErrno > 0 && offset < ReadFaultOffset + ReadFaultBytes && offset + bytes > ReadFaultOffset;

    private sealed class FaultyFile(FaultyDisk disk, IStoreFile real) : IStoreFile
    {
        public long Length => real.Length;
        public int WriteAt(ReadOnlySpan<byte> bytes, long offset) => disk.TakeWrite() is > 0 and var errno ? -errno : real.WriteAt(bytes, offset);
        public int ReadAt(Span<byte> bytes, long offset) => disk.IsUnreadable(offset, bytes.Length) ? -disk.ReadErrno : real.ReadAt(bytes, offset);
        public int Sync() => disk.SyncErrno > 0 ? -disk.SyncErrno : real.Sync();
        public int SetLength(long bytes) => real.SetLength(bytes);
        public MappedFile? Map() => real.Map();
        public void Dispose() => real.Dispose();
    }
}
