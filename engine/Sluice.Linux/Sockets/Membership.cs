using System.Net;

namespace Sluice.Linux;

/// <summary>Joining and leaving groups, by interface index, with one call for IPv4 and IPv6 (RFC 3678 §5).</summary>
internal static class Membership
{
    internal static bool TryJoin(int fd, DatagramSocketOptions options, out LinuxError error)
    {
        error = default;
        if (options.MulticastGroup is not { } group) return true;
        if (!NetworkInterfaces.TryIndex(options.Interface, out var index, out error)) return false;
        if (Change(fd, options, group, index, join: true)) return true;
        var operation = options.SourceFilter is null ? "setsockopt(MCAST_JOIN_GROUP)" : "setsockopt(MCAST_JOIN_SOURCE_GROUP)";
        error = LinuxError.Last(operation);
        error = error with { Advice = Advice(error.Errno, group, options.Interface) };
        return false;
    }

    internal static bool TryRejoin(int fd, DatagramSocketOptions options, out LinuxError error)
    {
        error = default;
        if (options.MulticastGroup is not { } group) return true;
        if (!NetworkInterfaces.TryIndex(options.Interface, out var index, out error)) return false;
        _ = Change(fd, options, group, index, join: false);   // it may be gone already, which is why we are here
        return GenericOptions.TryBindToDevice(fd, options, out error) && TryJoin(fd, options, out error);
    }

    private static bool Change(int fd, DatagramSocketOptions options, IPAddress group, uint index, bool join)
    {
        var to = DatagramAddress.From(group, 0);
        var level = to.IsIPv6 ? SocketOption.IPPROTO_IPV6 : SocketOption.IPPROTO_IP;
        if (options.SourceFilter is not { } source)
        {
            var any = new group_req { gr_interface = index, gr_group = new() { Address = to } };
            return SocketSetup.Set(fd, level, join ? SocketOption.MCAST_JOIN_GROUP : SocketOption.MCAST_LEAVE_GROUP, any);
        }
        var one = new group_source_req
        {
            gsr_interface = index,
            gsr_group = new() { Address = to },
            gsr_source = new() { Address = DatagramAddress.From(source, 0) },
        };
        return SocketSetup.Set(fd, level, join ? SocketOption.MCAST_JOIN_SOURCE_GROUP : SocketOption.MCAST_LEAVE_SOURCE_GROUP, one);
    }

    private static string? Advice(int errno, IPAddress group, string? name) => errno switch
    {
        Errno.ENODEV => $"no interface leads to {group}: name one, or add a multicast route",
        Errno.ENOBUFS => $"{group} is one group too many for a socket (net.ipv4.igmp_max_memberships)",
        Errno.EINVAL => $"{group} cannot be joined{(name is null ? "" : $" on {name}")}: it is not a multicast group",
        _ => null,
    };
}
