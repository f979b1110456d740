using System.Diagnostics;
using System.Runtime.Versioning;
using Sluice.Linux;

namespace Sluice.Tests.Linux.Files;

[UnsupportedOSPlatform("windows")]
public sealed class DataFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-files").FullName;

    private string Named(string name) => Path.Combine(_folder, name);

    [Fact]
    public void ReservesItsSpaceForItsOwnerOnly()
    {
        using var file = Create("a", 1 << 20);
        Assert.Equal(1 << 20, file.Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.Path));
    }

    [Fact]
    public void ReadsBackWhatWasWritten()
    {
        using var file = Create("a", 8192);
        Assert.Equal(5, file.WriteAt("hello"u8, 8190));
        Assert.Equal(8195, file.Length);
        Span<byte> bytes = stackalloc byte[16];
        Assert.Equal(5, file.ReadAt(bytes, 8190));
        Assert.True(bytes[..5].SequenceEqual("hello"u8));
        Assert.Equal(0, file.ReadAt(bytes, 9000));
        Assert.Equal(0, file.Sync());
        Assert.Equal(0, Volume.SyncDirectory(_folder));
        Assert.Equal(0, file.SetLength(100));
        Assert.Equal(100, file.Length);
    }

    [Fact]
    public void RefusalsAreValuesThatSayWhatToDo()
    {
        using var file = Create("a", 0);
        Assert.False(DataFile.TryCreate(Named("a"), 0, out _, out var error));
        Assert.Equal((Errno.EEXIST, "open"), (error.Errno, error.Operation));
        Assert.False(DataFile.TryOpen(Named("none/b"), write: false, out _, out error));
        Assert.Equal($"{Named("none/b")}: no such file, or its directory does not exist (open: ENOENT)", error.Message);
        Assert.True(DataFile.TryOpen(Named("a"), write: false, out var reader, out _));
        using (reader) Assert.Equal(-Errno.EBADF, reader.WriteAt("x"u8, 0));
        Assert.Equal(-Errno.EINVAL, file.WriteAt("x"u8, -1));
        Assert.True(DataFile.TryOpen("/dev/full", write: true, out var full, out _));
        using (full) Assert.Equal(-Errno.ENOSPC, full.WriteAt("x"u8, 0));
        Assert.Equal(-Errno.ENOENT, Volume.SyncDirectory(Named("none")));
        Assert.Equal(-Errno.ENOENT, Volume.FreeBytes(Named("none")));
    }

    [Fact]
    public void AFileThatDoesNotFitLeavesNoTrace()
    {
        Assert.False(DataFile.TryCreate(Named("huge"), 1L << 55, out _, out var error));
        Assert.Equal("fallocate", error.Operation);
        Assert.True(error.Errno is Errno.ENOSPC or Errno.EFBIG, error.Message);
        Assert.False(File.Exists(Named("huge")));
    }

    [Fact]
    public void FreeSpaceIsWhatTheFileSystemSays()
    {
        var free = Volume.FreeBytes(_folder);
        Assert.InRange(free, 1, long.MaxValue);
        Assert.InRange(new DriveInfo(_folder).AvailableFreeSpace, free / 2, free * 2);   // others write meanwhile
    }

    [Fact]
    public void ALockKeepsOutASecondOpenerUntilItIsClosed()
    {
        var first = Create("a", 100);
        Assert.True(first.TryLock(out _));
        Assert.True(first.TryLock(out _));   // one's own lock is no obstacle
        Assert.True(DataFile.TryOpen(Named("a"), write: true, out var second, out _));
        using (second)
        {
            Assert.False(second.TryLock(out var error));
            Assert.Equal(Errno.EAGAIN, error.Errno);
            Assert.Contains("is in use by another process", error.Message, StringComparison.Ordinal);
            first.Dispose();
            Assert.True(second.TryLock(out error), error.Message);
        }
    }

    [Fact]
    public void ALockKeepsOutAnotherProcess()
    {
        using var file = Create("a", 100);
        Assert.Equal(0, LockInAnotherProcess());
        Assert.True(file.TryLock(out _));
        Assert.NotEqual(0, LockInAnotherProcess());
    }

    [Fact]
    public void DisposingTwiceClosesOnce()
    {
        var file = Create("a", 0);
        file.Dispose();
        file.Dispose();
        Assert.Equal(-Errno.EBADF, file.WriteAt("x"u8, 0));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private DataFile Create(string name, long bytes)
    {
        Assert.True(DataFile.TryCreate(Named(name), bytes, out var file, out var error), error.Message);
        return file;
    }

    // flock(1) takes BSD locks, which do not meet fcntl locks: perl's fcntl does.
    private int LockInAnotherProcess()
    {
        const string script = "use Fcntl; open(F, '+<', $ARGV[0]) or exit 9; " +
            "my $whole = pack('s s x4 q q i x4', F_WRLCK, 0, 0, 0, 0); exit(fcntl(F, F_SETLK, $whole) ? 0 : 1)";
        using var process = Process.Start("perl", ["-e", script, Named("a")]);
        process.WaitForExit();
        return process.ExitCode;
    }
}
