using System.Diagnostics;

namespace Sluice.Linux;

/// <summary>
/// A file mapped read-only and shared, for the kernel to send from. Managed code never looks at its pages: one bad page would end the
/// process, where the kernel's own touch comes back as EFAULT.
/// </summary>
public sealed unsafe class MappedFile : IDisposable
{
    private void* _memory;

    private MappedFile(void* memory, long length)
    {
        _memory = memory;
        Length = length;
    }

    /// <summary>Where the mapping starts; for iovecs only.</summary>
    public nint Address => (nint)_memory;

    public long Length { get; }

    /// <summary>Maps the file as long as it is now. The file may be disposed afterwards; the mapping stays.</summary>
    public static bool TryMap(DataFile file, out MappedFile mapped, out LinuxError error)
    {
        ArgumentNullException.ThrowIfNull(file);
        (mapped, error) = (null!, default);
        var length = file.Length;
        var memory = length <= 0 ? Libc.MAP_FAILED : Libc.mmap(null, (nuint)length, Libc.PROT_READ, Libc.MAP_SHARED, file.Handle, 0);
        if (memory == Libc.MAP_FAILED)
        {
            error = length <= 0 ? new LinuxError(Errno.EINVAL, "mmap") { Advice = $"{file.Path} is empty" } : LinuxError.Last("mmap");
            return false;
        }
        mapped = new MappedFile(memory, length);
        return true;
    }

    /// <summary>
    /// Reads the pages of a range into memory and waits for them (MADV_POPULATE_READ, Linux 5.14). 0 or -errno: EFAULT when the file
    /// was cut or the disk cannot read it, EINVAL on an older kernel.
    /// </summary>
    public int Populate(long offset, long length) => Advise(offset, length, Libc.MADV_POPULATE_READ);

    /// <summary>Lets go of this process's view of a range; the page cache decides for itself. 0 or -errno.</summary>
    public int Forget(long offset, long length) => Advise(offset, length, Libc.MADV_DONTNEED);

    /// <summary>Bytes of a range that are in the page cache now (mincore), or -errno.</summary>
    public long ResidentBytes(long offset, long length)
    {
        Debug.Assert(offset >= 0 && length >= 0 && offset <= Length - length, "a range outside the mapping");
        var pageBytes = Environment.SystemPageSize;
        var chunk = stackalloc byte[PagesAtATime];   // sound: the kernel writes one byte a page asked for
        long pages = 0;
        for (var at = offset & ~(pageBytes - 1L); at < offset + length; at += (long)PagesAtATime * pageBytes)
        {
            var bytes = Math.Min(offset + length - at, (long)PagesAtATime * pageBytes);
            if (Libc.mincore((byte*)_memory + at, (nuint)bytes, chunk) != 0) return Libc.NegativeErrno();
            foreach (var one in new ReadOnlySpan<byte>(chunk, (int)((bytes + pageBytes - 1) / pageBytes))) pages += one & 1;
        }
        return Math.Min(pages * pageBytes, length);
    }

    private const int PagesAtATime = 4_096;

    public void Dispose()
    {
        if (_memory != null) _ = Libc.munmap(_memory, (nuint)Length);
        _memory = null;
    }

    private int Advise(long offset, long length, int advice)
    {
        Debug.Assert(offset >= 0 && length >= 0 && offset <= Length - length, "a range outside the mapping");
        var start = offset & ~(long)(Environment.SystemPageSize - 1);   // madvise wants whole pages
        var result = Libc.madvise((byte*)_memory + start, (nuint)(offset + length - start), advice);
        return result == 0 ? 0 : Libc.NegativeErrno();
    }
}
