using System.Runtime.InteropServices;

namespace Sluice.Linux;

/// <summary>
/// Waits for descriptors to become readable, with a timeout in nanoseconds. Owned by one thread; any thread may <see cref="Wake"/> it.
/// Level-triggered: a descriptor that is not drained is ready again. Throws at construction when the process is out of descriptors.
/// </summary>
public sealed unsafe class Poller : IDisposable
{
    private const int EventsMax = 64;
    private const long WakeTag = -1;

    // The kernel packs struct epoll_event on x64 only.
    private static readonly int EventStride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly NativeBuffer _events = new((long)EventsMax * 16, prefault: true);
    private readonly int _epoll;
    private readonly int _wake;
    private bool _hasPwait2 = true;
    private int _disposed;

    public Poller()
    {
        _epoll = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
        _wake = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        if (_epoll < 0 || _wake < 0 || !Add(_wake, WakeTag)) throw new InvalidOperationException(LinuxError.Last("epoll_create1").Message);
    }

    /// <summary>False once the kernel was seen not to know epoll_pwait2: then timeouts are rounded up to milliseconds.</summary>
    public bool HasNanosecondTimeouts => _hasPwait2;

    /// <summary>Watches a descriptor; <see cref="Wait"/> reports its tag, 0 or more. False when the kernel refuses.</summary>
    public bool TryAdd(int fd, int tag)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tag);
        return Add(fd, tag);
    }

    /// <summary>Stops watching. Must come before the descriptor is closed.</summary>
    public void Remove(int fd)
    {
        var unused = stackalloc byte[16];   // kernels before 2.6.9 wanted one
        _ = Libc.epoll_ctl(_epoll, Libc.EPOLL_CTL_DEL, fd, unused);
    }

    /// <summary>
    /// Waits until something is readable, somebody wakes it, or the time is over; 0 or less only looks. Returns how many tags were written.
    /// A wake-up alone returns 0. Wakes are not lost: one that comes between two waits ends the next at once.
    /// </summary>
    public int Wait(long timeoutNs, Span<int> readyTags)
    {
        var room = Math.Min(EventsMax, readyTags.Length + 1);   // one for the wake-up
        var ready = WaitNative(Math.Max(timeoutNs, 0), room);
        var written = 0;
        for (var i = 0; i < ready; i++)
        {
            var tag = *(long*)((byte*)_events.Address + (i * EventStride) + EventStride - sizeof(long));
            if (tag == WakeTag) Drain();
            else if (written < readyTags.Length) readyTags[written++] = (int)tag;
        }
        return written;
    }

    public void Wake()
    {
        var one = 1UL;
        _ = Libc.write(_wake, &one, sizeof(ulong));
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _ = Libc.close(_epoll);
        _ = Libc.close(_wake);
        _events.Dispose();
    }

    private int WaitNative(long timeoutNs, int room)
    {
        var events = (void*)_events.Address;
        if (_hasPwait2)
        {
            var timeout = timespec.FromNs(timeoutNs);
            var ready = (int)Libc.syscall(Libc.SYS_epoll_pwait2, _epoll, events, room, &timeout, null, 0);
            if (ready >= 0 || Libc.NegativeErrno() != -Errno.ENOSYS) return ready;
            _hasPwait2 = false;   // Linux before 5.11: milliseconds, rounded up so that nobody spins
        }
        var milliseconds = Math.Min((timeoutNs + 999_999) / 1_000_000, int.MaxValue);
        return Libc.epoll_wait(_epoll, events, room, (int)milliseconds);
    }

    private bool Add(int fd, long tag)
    {
        var description = stackalloc byte[16];   // sound: both layouts fit, and the unaligned data is written as such
        *(uint*)description = Libc.EPOLLIN;
        *(long*)(description + EventStride - sizeof(long)) = tag;
        return Libc.epoll_ctl(_epoll, Libc.EPOLL_CTL_ADD, fd, description) == 0;
    }

    private void Drain()
    {
        ulong count;
        _ = Libc.read(_wake, &count, sizeof(ulong));
    }
}
