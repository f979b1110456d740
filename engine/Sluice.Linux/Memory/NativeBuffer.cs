using System.Runtime.InteropServices;

namespace Sluice.Linux;

/// <summary>
/// Page-aligned zeroed memory outside the garbage collector, for slabs and batches. Any thread may read and write; the owner disposes
/// it after the last user has stopped. There is no finalizer: addresses are handed out, and a leak is better than a write into
/// somebody else's pages. Throws <see cref="InsufficientMemoryException"/> when the kernel has none to give.
/// </summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    private void* _memory;

    /// <param name="bytes">At least 1; rounded up to whole pages by the kernel.</param>
    /// <param name="prefault">Touch every page now, so that no packet pays for a page fault.</param>
    /// <param name="lockPages">Keep the pages in RAM; <see cref="IsLocked"/> says whether the limit allowed it.</param>
    /// <param name="sparse">Little of it will be touched, here and there: no huge pages, of which a byte would take two megabytes.</param>
    public NativeBuffer(long bytes, bool prefault, bool lockPages = false, bool sparse = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        var flags = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | (prefault ? Libc.MAP_POPULATE : 0);
        _memory = Libc.mmap(null, (nuint)bytes, Libc.PROT_READ | Libc.PROT_WRITE, flags, -1, 0);
        if (_memory == Libc.MAP_FAILED)
            throw new InsufficientMemoryException($"mmap of {bytes} bytes: {Errno.Name(Marshal.GetLastPInvokeError())}");
        Length = bytes;
        if (sparse)
            _ = Libc.madvise(_memory, (nuint)bytes, Libc.MADV_NOHUGEPAGE);   // refused by a kernel that has no huge pages
        IsLocked = lockPages && Libc.mlock(_memory, (nuint)bytes) == 0;
    }

    public nint Address => (nint)_memory;

    public long Length { get; }

    public bool IsLocked { get; }

    /// <summary>Bounds-checked view; throws when outside the buffer or after Dispose.</summary>
    public Span<byte> Slice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_memory == null, this);
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"{offset} + {length} is outside 0..{Length}");
        return new Span<byte>((byte*)_memory + offset, length);   // sound: checked above
    }

    /// <summary>
    /// Gives the pages of a range back to the kernel; the range stays, and reads as zero. Both ends on page boundaries, nobody may use it
    /// meanwhile. Throws when outside the buffer or after Dispose.
    /// </summary>
    public void Discard(long offset, int length)
    {
        fixed (byte* range = Slice(offset, length))
            _ = Libc.madvise(range, (nuint)length, Libc.MADV_DONTNEED);   // sound: Slice has checked; a refusal keeps the bytes
    }

    public void Dispose()
    {
        if (_memory != null) _ = Libc.munmap(_memory, (nuint)Length);
        _memory = null;
    }
}
