using System.Text;

namespace Sluice.Linux;

/// <summary>Options of socket(7): buffers, timestamps, sharing of a port, the device.</summary>
internal static class GenericOptions
{
    internal static bool TryApply(int fd, DatagramSocketOptions options, out LinuxError error)
    {
        error = default;
        SetBuffer(fd, options.ReceiveBufferBytes, SocketOption.SO_RCVBUFFORCE, SocketOption.SO_RCVBUF);
        SetBuffer(fd, options.SendBufferBytes, SocketOption.SO_SNDBUFFORCE, SocketOption.SO_SNDBUF);
        _ = SocketSetup.Set(fd, SocketOption.SOL_SOCKET, SocketOption.SO_RXQ_OVFL, 1);
        if (options.ReceiveCoalesced) _ = SocketSetup.Set(fd, SocketOption.SOL_UDP, SocketOption.UDP_GRO, 1);
        if (options.ReceiveTimestamps && !SocketSetup.Set(fd, SocketOption.SOL_SOCKET, SocketOption.SO_TIMESTAMPNS, 1))
            error = LinuxError.Last("setsockopt(SO_TIMESTAMPNS)");
        if (options.ReuseAddress && !SocketSetup.Set(fd, SocketOption.SOL_SOCKET, SocketOption.SO_REUSEADDR, 1))
            error = LinuxError.Last("setsockopt(SO_REUSEADDR)");
        return error.Errno == 0 && TryBindToDevice(fd, options, out error);
    }

    /// <summary>
    /// Ties the socket to its device. IPv4 groups do without: their membership already names the device. IPv6 memberships do not filter by
    /// device, so a group that another socket joined elsewhere would leak in.
    /// </summary>
    internal static bool TryBindToDevice(int fd, DatagramSocketOptions options, out LinuxError error)
    {
        error = default;
        if (options.Interface is not { } name || options.MulticastGroup is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetwork })
            return true;
        if (!NetworkInterfaces.TryIndex(name, out var index, out error)) return false;
        // Tying again takes CAP_NET_RAW even when nothing changes, so ask first.
        if (SocketSetup.Get(fd, SocketOption.SOL_SOCKET, SocketOption.SO_BINDTOIFINDEX) == (int)index) return true;
        if (SocketSetup.Set(fd, SocketOption.SOL_SOCKET, SocketOption.SO_BINDTODEVICE, Encoding.UTF8.GetBytes(name))) return true;
        error = LinuxError.Last("setsockopt(SO_BINDTODEVICE)",
            $"the socket cannot be tied to interface {name}; one that came back under its old name needs a new socket, or CAP_NET_RAW");
        return false;
    }

    // The FORCE form passes net.core.rmem_max and needs CAP_NET_ADMIN; what was granted can be read from the socket.
    private static void SetBuffer(int fd, int bytes, int forced, int plain)
    {
        if (bytes > 0 && !SocketSetup.Set(fd, SocketOption.SOL_SOCKET, forced, bytes))
            _ = SocketSetup.Set(fd, SocketOption.SOL_SOCKET, plain, bytes);
    }
}
