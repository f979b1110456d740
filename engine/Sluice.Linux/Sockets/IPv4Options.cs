using System.Buffers.Binary;

namespace Sluice.Linux;

/// <summary>Options of ip(7).</summary>
internal static class IPv4Options
{
    private const uint Loopback = 0x7f00_0001;

    internal static bool TryApply(int fd, DatagramSocketOptions options, out LinuxError error)
    {
        error = default;
        var loop = options.MulticastLoop ? 1 : 0;
        return
            // Without this a socket hears every group that anyone on the machine joined.
            TrySet(fd, SocketOption.IP_MULTICAST_ALL, 0, nameof(SocketOption.IP_MULTICAST_ALL), ref error) &&
            TrySet(fd, SocketOption.IP_MULTICAST_LOOP, loop, nameof(SocketOption.IP_MULTICAST_LOOP), ref error) &&
            TrySet(fd, SocketOption.IP_MULTICAST_TTL, options.MulticastTtl, nameof(SocketOption.IP_MULTICAST_TTL), ref error) &&
            TrySet(fd, SocketOption.IP_TTL, options.UnicastTtl, nameof(SocketOption.IP_TTL), ref error) &&
            TrySet(fd, SocketOption.IP_TOS, options.Dscp << 2, nameof(SocketOption.IP_TOS), ref error) &&
            TrySetMulticastInterface(fd, options.MulticastInterface, out error);
    }

    internal static bool TrySetMulticastInterface(int fd, string? name, out LinuxError error)
    {
        if (!NetworkInterfaces.TryIndex(name, out var index, out error) || name is null) return error.Errno == 0;
        // lo has no address of universe scope, so the kernel would take another device's: name its own.
        var address = name == "lo" ? BinaryPrimitives.ReverseEndianness(Loopback) : 0;
        var through = new ip_mreqn { imr_ifindex = (int)index, imr_address = address };
        if (SocketSetup.Set(fd, SocketOption.IPPROTO_IP, SocketOption.IP_MULTICAST_IF, through)) return true;
        error = LinuxError.Last("setsockopt(IP_MULTICAST_IF)", $"multicast cannot be sent through {name}");
        return false;
    }

    private static bool TrySet(int fd, int option, int? value, string name, ref LinuxError error)
    {
        if (value is not { } given || SocketSetup.Set(fd, SocketOption.IPPROTO_IP, option, given)) return true;
        error = LinuxError.Last($"setsockopt({name})", $"{given} is not a value for {name}");
        return false;
    }
}
