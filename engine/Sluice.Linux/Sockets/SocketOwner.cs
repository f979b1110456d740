namespace Sluice.Linux;

/// <summary>What all copies of a <see cref="DatagramSocket"/> share: the duty to close once, and where the group was joined.</summary>
internal sealed class SocketOwner(int fd, DatagramSocketOptions options)
{
    private int _fd = fd;

    internal int Handle => _fd;

    internal DatagramSocketOptions Options => options;

    /// <summary>Index of the device of the membership; it stays that of the old device when one of the same name takes its place.</summary>
    internal uint JoinedIndex { get; set; }

    internal void Close()
    {
        var open = Interlocked.Exchange(ref _fd, -1);
        if (open >= 0) _ = Libc.close(open);
    }
}
