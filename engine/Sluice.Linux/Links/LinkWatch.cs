namespace Sluice.Linux;

/// <summary>
/// First names every device that there is, then hears of every change of devices and addresses in the network namespace it was opened
/// in (rtnetlink(7)). Needs no privilege. One thread reads; the descriptor may be given to a <see cref="Poller"/>.
/// </summary>
public sealed unsafe class LinkWatch : IDisposable
{
    /// <summary>The kernel's messages are at most a page or 8 KiB.</summary>
    private const int BufferBytes = 32 << 10;

    private readonly NativeBuffer _buffer = new(BufferBytes, prefault: true);
    private int _fd;

    private LinkWatch(int fd) => _fd = fd;

    public int Handle => _fd;

    public static bool TryOpen(out LinkWatch? watch, out LinuxError error)
    {
        (watch, error) = (null, default);
        var fd = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, Libc.NETLINK_ROUTE);
        if (fd < 0)
        {
            error = LinuxError.Last("socket(AF_NETLINK)");
            return false;
        }
        var local = new sockaddr_nl
        {
            nl_family = Libc.AF_NETLINK, nl_groups = Libc.RTMGRP_LINK | Libc.RTMGRP_IPV4_IFADDR | Libc.RTMGRP_IPV6_IFADDR,
        };
        var list = new link_request
        {
            nlmsg_len = (uint)sizeof(link_request), nlmsg_type = Libc.RTM_GETLINK, nlmsg_flags = Libc.NLM_F_REQUEST | Libc.NLM_F_DUMP,
        };
        // sound: locals that outlive the calls
        if (Libc.bind(fd, &local, (uint)sizeof(sockaddr_nl)) != 0 || Libc.sendto(fd, &list, (nuint)sizeof(link_request), 0, null, 0) < 0)
        {
            error = LinuxError.Last("bind(NETLINK_ROUTE)");
            _ = Libc.close(fd);
            return false;
        }
        watch = new LinkWatch(fd);
        return true;
    }

    /// <summary>Adds what has been told since the last call; never waits. Returns how many events were added.</summary>
    public int Read(List<LinkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var before = events.Count;
        while (true)
        {
            var received = (int)Libc.recv(_fd, (void*)_buffer.Address, BufferBytes, Libc.MSG_DONTWAIT);
            if (received <= 0)
            {
                // The kernel's queue overflowed: it says so once, and goes on.
                if (received < 0 && Libc.NegativeErrno() == -Errno.ENOBUFS)
                {
                    events.Add(new LinkEvent(LinkEventKind.Unknown));
                    continue;
                }
                return events.Count - before;
            }
            ReadOnlySpan<byte> rest = _buffer.Slice(0, received);
            while (LinkEvent.TryRead(ref rest, out var read))
                if (read is { } one)
                    events.Add(one);
        }
    }

    public void Dispose()
    {
        var open = Interlocked.Exchange(ref _fd, -1);
        if (open >= 0) _ = Libc.close(open);
        _buffer.Dispose();
    }
}
