using System.Net;

namespace Sluice.Linux;

/// <summary>Joining and leaving groups, by interface index, with one call for IPv4 and IPv6 (RFC 3678 §5).</summary>
internal static class Membership
{
    internal static bool TryJoin(SocketOwner owner, out LinuxError error)
    {
        error = default;
        var options = owner.Options;
        if (options.MulticastGroup is not { } group) return true;
        if (!NetworkInterfaces.TryIndex(options.Interface, out var index, out error)) return false;
        owner.JoinedIndex = index;
        var joined = options.SourceFilter is { } source
            ? JoinSource(owner.Handle, group, source, index)
            : JoinAny(owner.Handle, group, index);
        if (joined) return true;
        error = LinuxError.Last(options.SourceFilter is null ? "setsockopt(MCAST_JOIN_GROUP)" : "setsockopt(MCAST_JOIN_SOURCE_GROUP)");
        error = error with { Advice = Advice(error.Errno, group, options.Interface) };
        return false;
    }

    internal static bool TryRejoin(SocketOwner owner, out LinuxError error)
    {
        error = default;
        if (owner.Options.MulticastGroup is not { } group) return true;
        Leave(owner.Handle, group, owner.JoinedIndex);
        return GenericOptions.TryBindToDevice(owner.Handle, owner.Options, out error) && TryJoin(owner, out error);
    }

    private static bool JoinAny(int fd, IPAddress group, uint index)
    {
        var to = DatagramAddress.From(group, 0);
        var request = new group_req { gr_interface = index, gr_group = new() { Address = to } };
        return SocketSetup.Set(fd, Level(to), SocketOption.MCAST_JOIN_GROUP, request);
    }

    private static bool JoinSource(int fd, IPAddress group, IPAddress source, uint index)
    {
        var to = DatagramAddress.From(group, 0);
        var request = new group_source_req
        {
            gsr_interface = index,
            gsr_group = new() { Address = to },
            gsr_source = new() { Address = DatagramAddress.From(source, 0) },
        };
        return SocketSetup.Set(fd, Level(to), SocketOption.MCAST_JOIN_SOURCE_GROUP, request);
    }

    // Leaves with all sources: leaving one source fails when the device is gone, and the dead membership would count against the
    // limit of 20 for ever. That nothing may be left to leave is why we are here.
    private static void Leave(int fd, IPAddress group, uint index)
    {
        var to = DatagramAddress.From(group, 0);
        var request = new group_req { gr_interface = index, gr_group = new() { Address = to } };
        _ = SocketSetup.Set(fd, Level(to), SocketOption.MCAST_LEAVE_GROUP, request);
    }

    private static int Level(in DatagramAddress group) => group.IsIPv6 ? SocketOption.IPPROTO_IPV6 : SocketOption.IPPROTO_IP;

    private static string? Advice(int errno, IPAddress group, string? name) => errno switch
    {
        Errno.ENODEV => $"no interface leads to {group}: name one, or add a multicast route",
        Errno.ENOBUFS => $"{group} is one group too many for a socket (net.ipv4.igmp_max_memberships)",
        Errno.EINVAL => $"{group} cannot be joined{(name is null ? "" : $" on {name}")}: it is not a multicast group",
        _ => null,
    };
}
