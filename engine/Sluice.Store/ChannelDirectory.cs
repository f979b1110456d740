using System.Globalization;
using Sluice.Linux;

namespace Sluice.Store;

/// <summary>The files of one channel: <c>lock</c>, and <c>0000000000000001.seg</c> and up, each named by its segment number.</summary>
internal sealed class ChannelDirectory : IDisposable
{
    private readonly DataFile _lock;

    private ChannelDirectory(string path, DataFile held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>Makes the directory when it is missing and takes it for this process alone.</summary>
    public static bool TryOpen(string store, string channel, out ChannelDirectory directory, out StoreProblem problem)
    {
        directory = null!;
        var path = System.IO.Path.Combine(store, channel);
        if (!TryMake(path, out problem))
            return false;
        var lockPath = System.IO.Path.Combine(path, "lock");
        if (!TryTake(lockPath, out var held, out var error))
        {
            problem = StoreProblem.From(error, path);
            return false;
        }
        if (!held.TryLock(out error))
        {
            held.Dispose();
            problem = error.Errno is Errno.EAGAIN or Errno.EACCES
                ? new(StoreProblemKind.Locked, path, "another process is writing here", "stop it, or give this one a path of its own", error.Errno)
                : StoreProblem.From(error, path);
            return false;
        }
        directory = new ChannelDirectory(path, held);
        return true;
    }

    public string PathOf(ulong number) => PathOf(Path, number);

    public static string PathOf(string directory, ulong number) =>
        System.IO.Path.Combine(directory, number.ToString("D16", CultureInfo.InvariantCulture) + Suffix);

    /// <summary>Segment numbers present, ascending; empty when the directory cannot be read.</summary>
    public static ulong[] List(string directory)
    {
        try
        {
            var numbers = new List<ulong>();
            foreach (var path in Directory.EnumerateFiles(directory, "*" + Suffix))
                if (ulong.TryParse(System.IO.Path.GetFileNameWithoutExtension(path.AsSpan()), NumberStyles.None, null, out var number)
                    && number is > 0 and < NumberMax && PathOf(directory, number) == path)
                    numbers.Add(number);
            numbers.Sort();
            return [.. numbers];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public bool TryDelete(ulong number)
    {
        try
        {
            File.Delete(PathOf(number));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Gives the file of one segment to another. Its header still has the old number, so until the new one is written
    /// it counts as no segment at all.
    /// </summary>
    public bool TryRename(ulong from, ulong to)
    {
        try
        {
            File.Move(PathOf(from), PathOf(to), overwrite: false);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Makes names created, changed and deleted so far durable. 0 or -errno.</summary>
    public int Sync() => Volume.SyncDirectory(Path);

    public void Dispose() => _lock.Dispose();

    /// <summary>Names that can be nothing but one file name below the store (reliability: names are never joined to paths unchecked).</summary>
    public static bool IsName(string channel) =>
        channel.Length is > 0 and <= StoreLimits.ChannelNameMax && channel is not ("." or "..")
        && !channel.AsSpan().ContainsAnyExcept(NameCharacters);

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
        for (var part = path; !string.IsNullOrEmpty(part); part = System.IO.Path.GetDirectoryName(part))
            if (File.Exists(part))
                return StoreProblem.From(new LinuxError(Errno.ENOTDIR, "mkdir"), part);
        return e is UnauthorizedAccessException
            ? StoreProblem.From(new LinuxError(Errno.EACCES, "mkdir"), path)
            : StoreProblem.From(new LinuxError(e.HResult is > 0 and < 4_096 ? e.HResult : Errno.EIO, "mkdir"), path);
    }

    private static bool TryTake(string path, out DataFile file, out LinuxError error) =>
        DataFile.TryOpen(path, write: true, out file, out error)
        || error.Errno == Errno.ENOENT && DataFile.TryCreate(path, 0, out file, out error)
        || error.Errno == Errno.EEXIST && DataFile.TryOpen(path, write: true, out file, out error);

    private const string Suffix = ".seg";
    private const ulong NumberMax = 10_000_000_000_000_000; // 16 digits, so that names sort as numbers do

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
}
