namespace Sluice.Linux;

/// <summary>Options of ipv6(7).</summary>
internal static class IPv6Options
{
    internal static bool TryApply(int fd, DatagramSocketOptions options, out LinuxError error)
    {
        error = default;
        var loop = options.MulticastLoop ? 1 : 0;
        return
            TrySet(fd, SocketOption.IPV6_V6ONLY, 1, nameof(SocketOption.IPV6_V6ONLY), ref error) &&
            TrySet(fd, SocketOption.IPV6_MULTICAST_ALL, 0, nameof(SocketOption.IPV6_MULTICAST_ALL), ref error) &&
            TrySet(fd, SocketOption.IPV6_MULTICAST_LOOP, loop, nameof(SocketOption.IPV6_MULTICAST_LOOP), ref error) &&
            TrySet(fd, SocketOption.IPV6_MULTICAST_HOPS, options.MulticastTtl, nameof(SocketOption.IPV6_MULTICAST_HOPS), ref error) &&
            TrySet(fd, SocketOption.IPV6_UNICAST_HOPS, options.UnicastTtl, nameof(SocketOption.IPV6_UNICAST_HOPS), ref error) &&
            TrySet(fd, SocketOption.IPV6_TCLASS, options.Dscp << 2, nameof(SocketOption.IPV6_TCLASS), ref error) &&
            TrySetMulticastInterface(fd, options.MulticastInterface, out error);
    }

    internal static bool TrySetMulticastInterface(int fd, string? name, out LinuxError error)
    {
        if (!NetworkInterfaces.TryIndex(name, out var index, out error) || name is null) return error.Errno == 0;
        return TrySet(fd, SocketOption.IPV6_MULTICAST_IF, (int)index, nameof(SocketOption.IPV6_MULTICAST_IF), ref error);
    }

    private static bool TrySet(int fd, int option, int? value, string name, ref LinuxError error)
    {
        if (value is not { } given || SocketSetup.Set(fd, SocketOption.IPPROTO_IPV6, option, given)) return true;
        error = LinuxError.Last($"setsockopt({name})", $"{given} is not a value for {name}");
        return false;
    }
}
