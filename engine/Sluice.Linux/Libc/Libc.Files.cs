using System.Runtime.InteropServices;

namespace Sluice.Linux;

internal static unsafe partial class Libc
{
    internal const int O_RDONLY = 0, O_RDWR = 2, O_CREAT = 0x40, O_EXCL = 0x80, O_CLOEXEC = 0x80000;
    internal const int SEEK_END = 2, F_OFD_SETLK = 37, RLIMIT_NOFILE = 7;
    internal const short F_WRLCK = 1;

    /// <summary>O_DIRECTORY is one of the few flags on which x64 and arm64 differ.</summary>
    internal static readonly int O_DIRECTORY = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    // open, fcntl, prctl and syscall are variadic in C; on the x64 and arm64 Linux ABIs integer arguments travel the same way.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string pathname, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int unlink(string pathname);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fallocate(int fd, int mode, long offset, long len);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ftruncate(int fd, long length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint pread(int fd, void* buf, nuint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint pwrite(int fd, void* buf, nuint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fdatasync(int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fsync(int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial long lseek(int fd, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(int fd, int cmd, void* arg);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int getrlimit(int resource, rlimit* limit);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setrlimit(int resource, rlimit* limit);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statvfs(string path, statvfs_result* buf);
}

/// <summary><c>struct flock</c>. <c>l_pid</c> must be 0 for open-file-description locks.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct flock
{
    [FieldOffset(0)] public short l_type;
    [FieldOffset(2)] public short l_whence;
    [FieldOffset(8)] public long l_start;
    [FieldOffset(16)] public long l_len;
    [FieldOffset(24)] public int l_pid;
}

/// <summary><c>struct rlimit</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct rlimit
{
    [FieldOffset(0)] public ulong rlim_cur;
    [FieldOffset(8)] public ulong rlim_max;
}

/// <summary><c>struct statvfs</c> of glibc on 64-bit systems.</summary>
[StructLayout(LayoutKind.Explicit, Size = 112)]
internal struct statvfs_result
{
    [FieldOffset(8)] public ulong f_frsize;
    [FieldOffset(16)] public ulong f_blocks;
    [FieldOffset(32)] public ulong f_bavail;
}
