using Sluice.Linux;

namespace Sluice.Store;

/// <summary>The file system as it is.</summary>
internal sealed class LinuxDisk : IStoreDisk
{
    public static LinuxDisk Instance { get; } = new();

    public bool TryCreate(string path, long bytes, out IStoreFile file, out LinuxError error)
    {
        var made = DataFile.TryCreate(path, bytes, out var data, out error);
        file = made ? new LinuxFile(data) : null!;
        return made;
    }

    public bool TryOpen(string path, bool write, out IStoreFile file, out LinuxError error)
    {
        var opened = DataFile.TryOpen(path, write, out var data, out error);
        file = opened ? new LinuxFile(data) : null!;
        return opened;
    }

    public IReadOnlyList<string> List(string directory, string suffix) =>
        Quietly(() => Directory.GetFiles(directory, "*" + suffix), otherwise: []);

    public bool TryDelete(string path) => Quietly(() => { File.Delete(path); return true; }, otherwise: false);

    public bool TryRename(string from, string to) => Quietly(() => { File.Move(from, to, overwrite: false); return true; }, otherwise: false);

    public int SyncDirectory(string path) => Volume.SyncDirectory(path);

    public bool TryTake(string directory, out IDisposable held, out StoreProblem problem)
    {
        held = null!;
        if (!TryMake(directory, out problem))
            return false;
        if (!TryOpenLock(Path.Combine(directory, "lock"), out var file, out var error))
        {
            problem = StoreProblem.From(error, directory);
            return false;
        }
        held = file;
        if (file.TryLock(out error))
            return true;
        file.Dispose();
        problem = error.Errno is Errno.EAGAIN or Errno.EACCES
            ? new(StoreProblemKind.Locked, directory, "another process is writing here", "stop it, or give this one a path of its own", error.Errno)
            : StoreProblem.From(error, directory);
        return false;
    }

    private static bool TryMake(string path, out StoreProblem problem)
    {
        problem = default;
        try
        {
#pragma warning disable CA1416 // Sluice runs on Linux only
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
#pragma warning restore CA1416
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = ProblemOf(e, path);
            return false;
        }
    }

    // The framework speaks in exceptions here; what matters is which of the three cases an operator can mend.
    private static StoreProblem ProblemOf(Exception e, string path)
    {
        for (var part = path; !string.IsNullOrEmpty(part); part = Path.GetDirectoryName(part))
            if (File.Exists(part))
                return StoreProblem.From(new LinuxError(Errno.ENOTDIR, "mkdir"), part);
        return e is UnauthorizedAccessException
            ? StoreProblem.From(new LinuxError(Errno.EACCES, "mkdir"), path)
            : StoreProblem.From(new LinuxError(e.HResult is > 0 and < 4_096 ? e.HResult : Errno.EIO, "mkdir"), path);
    }

    private static bool TryOpenLock(string path, out DataFile file, out LinuxError error) =>
        DataFile.TryOpen(path, write: true, out file, out error)
        || error.Errno == Errno.ENOENT && DataFile.TryCreate(path, 0, out file, out error)
        || error.Errno == Errno.EEXIST && DataFile.TryOpen(path, write: true, out file, out error);

    private static T Quietly<T>(Func<T> act, T otherwise)
    {
        try
        {
            return act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return otherwise;
        }
    }

    private sealed class LinuxFile(DataFile file) : IStoreFile
    {
        public long Length => file.Length;
        public int WriteAt(ReadOnlySpan<byte> bytes, long offset) => file.WriteAt(bytes, offset);
        public int ReadAt(Span<byte> bytes, long offset) => file.ReadAt(bytes, offset);
        public int Sync() => file.Sync();
        public int SetLength(long bytes) => file.SetLength(bytes);
        public MappedFile? Map() => MappedFile.TryMap(file, out var mapped, out _) ? mapped : null;
        public void Dispose() => file.Dispose();
    }
}
