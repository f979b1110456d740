namespace Sluice.Linux;

/// <summary>
/// One file that is read and written at offsets. Every failure is a value. Owned by one thread, except that reads and writes of
/// different threads may overlap (pread and pwrite share no position).
/// </summary>
public sealed unsafe class DataFile : IDisposable
{
    private const uint OwnerOnly = 0x180;   // 0600: media and indexes are nobody else's business
    private int _fd;

    private DataFile(int fd, string path) => (_fd, Path) = (fd, path);

    public string Path { get; }

    /// <summary>The descriptor, for <see cref="MappedFile"/>; -1 after Dispose.</summary>
    internal int Handle => _fd;

    /// <summary>Creates a file that must not exist, with all its space reserved, so that no later write can meet a full disk.</summary>
    public static bool TryCreate(string path, long preallocateBytes, out DataFile file, out LinuxError error)
    {
        if (!TryOpenWith(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL, out file, out error)) return false;
        if (preallocateBytes == 0) return true;
        var refused = Retry.OnInterrupt(file._fd, preallocateBytes, static (fd, length) => Libc.fallocate(fd, 0, 0, length));
        if (refused == 0) return true;
        error = new LinuxError(-refused, "fallocate") { Advice = FileAdvice.For(-refused, path, preallocateBytes) };
        file.Dispose();
        _ = Libc.unlink(path);
        file = null!;
        return false;
    }

    public static bool TryOpen(string path, bool write, out DataFile file, out LinuxError error) =>
        TryOpenWith(path, write ? Libc.O_RDWR : Libc.O_RDONLY, out file, out error);

    /// <summary>Writes all of it. Returns the bytes written, or -errno; what a failed write left behind is not defined.</summary>
    public int WriteAt(ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)   // sound: pinned for the call, and the kernel reads only inside the span
        {
            var done = 0;
            while (done < bytes.Length)
            {
                var n = (int)Libc.pwrite(_fd, start + done, (nuint)(bytes.Length - done), offset + done);
                if (n > 0) done += n;
                else if (n == 0) return -Errno.EIO;   // POSIX allows it, nothing explains it: never loop on it
                else if (Libc.NegativeErrno() is var refused && refused != -Errno.EINTR) return refused;
            }
            return done;
        }
    }

    /// <summary>Reads until the span is full or the file ends. Returns the bytes read (0 at the end), or -errno.</summary>
    public int ReadAt(Span<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)   // sound: pinned for the call, and the kernel writes only inside the span
        {
            var done = 0;
            while (done < bytes.Length)
            {
                var n = (int)Libc.pread(_fd, start + done, (nuint)(bytes.Length - done), offset + done);
                if (n > 0) done += n;
                else if (n == 0) break;
                else if (Libc.NegativeErrno() is var refused && refused != -Errno.EINTR) return refused;
            }
            return done;
        }
    }

    /// <summary>fdatasync. 0 or -errno; after a failure the kernel has forgotten which pages were dirty, so never try again.</summary>
    public int Sync() => Retry.OnInterrupt(_fd, 0, static (fd, _) => Libc.fdatasync(fd));

    /// <summary>Bytes in the file, or -errno.</summary>
    public long Length
    {
        get
        {
            var end = Libc.lseek(_fd, 0, Libc.SEEK_END);
            return end < 0 ? Libc.NegativeErrno() : end;
        }
    }

    /// <summary>Cuts or extends the file. 0 or -errno.</summary>
    public int SetLength(long bytes) => Retry.OnInterrupt(_fd, bytes, static (fd, length) => Libc.ftruncate(fd, length));

    /// <summary>
    /// Takes the whole file for this open file description (F_OFD_SETLK) until Dispose. False when another holds it, be it another
    /// process or another DataFile of this one. The file must be open for writing.
    /// </summary>
    public bool TryLock(out LinuxError error)
    {
        error = default;
        var whole = new flock { l_type = Libc.F_WRLCK };
        if (Libc.fcntl(_fd, Libc.F_OFD_SETLK, &whole) == 0) return true;
        error = LinuxError.Last("fcntl(F_OFD_SETLK)", $"{Path} is in use by another process; two must never write one store");
        return false;
    }

    public void Dispose()
    {
        var fd = Interlocked.Exchange(ref _fd, -1);
        if (fd >= 0) _ = Libc.close(fd);
    }

    private static bool TryOpenWith(string path, int flags, out DataFile file, out LinuxError error)
    {
        var fd = Retry.OnInterrupt(path, flags, static (name, how) => Libc.open(name, how | Libc.O_CLOEXEC, OwnerOnly));
        (file, error) = fd >= 0
            ? (new DataFile(fd, path), default(LinuxError))
            : (null!, new LinuxError(-fd, "open") { Advice = FileAdvice.For(-fd, path, 0) });
        return fd >= 0;
    }
}
