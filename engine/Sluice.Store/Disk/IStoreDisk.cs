using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// Where a channel's files are: the kernel's file system (<see cref="LinuxDisk"/>), or a model of a bad disk in tests. Every failure is a value.
/// Called a few dozen times a second, so that an interface costs nothing that counts.
/// </summary>
internal interface IStoreDisk
{
    /// <summary>Creates a file that must not exist, all its bytes reserved.</summary>
    bool TryCreate(string path, long bytes, out IStoreFile file, out LinuxError error);

    bool TryOpen(string path, bool write, out IStoreFile file, out LinuxError error);

    /// <summary>Full paths of the files in a directory whose names end so; empty when it cannot be read.</summary>
    IReadOnlyList<string> List(string directory, string suffix);

    bool TryDelete(string path);

    /// <summary>Gives a file another name, which must be free.</summary>
    bool TryRename(string from, string to);

    /// <summary>Makes names created, changed and deleted so far durable. 0 or -errno.</summary>
    int SyncDirectory(string path);

    /// <summary>Makes the directory when it is missing and takes it for this process alone, until what is returned is disposed.</summary>
    bool TryTake(string directory, out IDisposable held, out StoreProblem problem);
}

/// <summary>One open file. Results are bytes or 0, or -errno; see <see cref="DataFile"/>.</summary>
internal interface IStoreFile : IDisposable
{
    /// <summary>Bytes in the file, or -errno.</summary>
    long Length { get; }

    int WriteAt(ReadOnlySpan<byte> bytes, long offset);
    int ReadAt(Span<byte> bytes, long offset);
    int Sync();
    int SetLength(long bytes);

    /// <summary>The file for the kernel to send from; null where there is no kernel's file behind it.</summary>
    MappedFile? Map();
}
