namespace Sluice.Linux;

/// <summary>Questions about, and orders to, the file system that holds a directory.</summary>
public static unsafe class Volume
{
    /// <summary>Bytes that this user may still write below <paramref name="path"/>, or -errno.</summary>
    public static long FreeBytes(string path)
    {
        statvfs_result answer;   // sound: the kernel fills this local of the size it expects
        return Libc.statvfs(path, &answer) == 0 ? (long)(answer.f_bavail * answer.f_frsize) : Libc.NegativeErrno();
    }

    /// <summary>Makes created, renamed and removed names in a directory durable. 0 or -errno.</summary>
    public static int SyncDirectory(string path)
    {
        var fd = Libc.open(path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        if (fd < 0) return Libc.NegativeErrno();
        var result = Retry.OnInterrupt(fd, 0, static (directory, _) => Libc.fsync(directory));
        _ = Libc.close(fd);
        return result;
    }
}
