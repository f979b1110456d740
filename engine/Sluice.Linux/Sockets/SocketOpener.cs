using System.Net;
using System.Net.Sockets;

namespace Sluice.Linux;

/// <summary>The steps from options to an open socket, in the order in which the kernel wants them.</summary>
internal static unsafe class SocketOpener
{
    internal static bool TryOpen(DatagramSocketOptions options, out DatagramSocket socket, out LinuxError error)
    {
        ArgumentNullException.ThrowIfNull(options);
        socket = default;
        if (!TryCheck(options, out var family, out error)) return false;
        var fd = Libc.socket(family, Libc.SOCK_DGRAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
        if (fd < 0)
        {
            error = LinuxError.Last("socket");
            return false;
        }
        var owner = new SocketOwner(fd, options);
        var open = TrySetUp(fd, family, options, out error) && TryBind(fd, family, options, out error) &&
            Membership.TryJoin(owner, out error);
        if (open) socket = new DatagramSocket(owner);
        else owner.Close();
        return open;
    }

    internal static bool TryRefreshDevice(SocketOwner owner, out LinuxError error)
    {
        var (fd, options) = (owner.Handle, owner.Options);
        var isIPv4 = TryCheck(options, out var family, out error) && family == Libc.AF_INET;
        return error.Errno == 0 && GenericOptions.TryBindToDevice(fd, options, out error) && (isIPv4
            ? IPv4Options.TrySetMulticastInterface(fd, options.MulticastInterface, out error)
            : IPv6Options.TrySetMulticastInterface(fd, options.MulticastInterface, out error));
    }

    internal static DatagramAddress LocalAddress(int fd)
    {
        DatagramAddress address = default;
        var length = (uint)sizeof(DatagramAddress);
        _ = Libc.getsockname(fd, &address, &length);   // sound: the kernel fills at most `length` bytes of this local
        return address;
    }

    private static bool TryCheck(DatagramSocketOptions options, out int family, out LinuxError error)
    {
        (family, error) = (0, default);
        IPAddress?[] addresses = [options.MulticastGroup, options.SourceFilter, options.BindAddress, options.SourceAddress];
        var families = addresses.OfType<IPAddress>().Select(address => address.AddressFamily).Distinct().ToList();
        if (families.Count > 1)
            error = new LinuxError(Errno.EAFNOSUPPORT, "socket") { Advice = "IPv4 and IPv6 addresses cannot be mixed on one socket" };
        if (options.BindAddress is { } bound && options.SourceAddress is { } source && !bound.Equals(source))
            error = new LinuxError(Errno.EINVAL, "bind") { Advice = "give either a bind address or a source address: a socket has one" };
        if (options.SourceFilter is not null && options.MulticastGroup is null)
            error = new LinuxError(Errno.EINVAL, "MCAST_JOIN_SOURCE_GROUP") { Advice = "a source filter needs a multicast group" };
        family = families.Contains(AddressFamily.InterNetworkV6) ? Libc.AF_INET6 : Libc.AF_INET;
        return error.Errno == 0;
    }

    private static bool TrySetUp(int fd, int family, DatagramSocketOptions options, out LinuxError error) =>
        GenericOptions.TryApply(fd, options, out error) &&
        (family == Libc.AF_INET ? IPv4Options.TryApply(fd, options, out error) : IPv6Options.TryApply(fd, options, out error));

    private static bool TryBind(int fd, int family, DatagramSocketOptions options, out LinuxError error)
    {
        error = default;
        var any = family == Libc.AF_INET ? IPAddress.Any : IPAddress.IPv6Any;
        var local = options.MulticastGroup ?? options.BindAddress ?? options.SourceAddress ?? any;
        if (!NetworkInterfaces.TryIndex(options.Interface, out var index, out error)) return false;
        var address = DatagramAddress.From(local, options.Port, family == Libc.AF_INET6 && IsLinkScoped(local) ? index : 0);
        if (Libc.bind(fd, &address, (uint)address.Length) == 0) return true;   // sound: a local that outlives the call
        error = LinuxError.Last("bind");
        error = error with { Advice = BindAdvice(error.Errno, local, options.Port) };
        return false;
    }

    private static bool IsLinkScoped(IPAddress address) =>
        address.IsIPv6LinkLocal || (address.IsIPv6Multicast && (address.GetAddressBytes()[1] & 0xf) <= 2);

    private static string? BindAdvice(int errno, IPAddress local, int port) => errno switch
    {
        Errno.EADDRINUSE =>
            $"port {port} is already in use by another program; choose another port, or stop that program (ss -ulpn shows it)",
        Errno.EADDRNOTAVAIL => $"{local} is not an address of this machine",
        Errno.EACCES => $"port {port} is reserved: ports below 1024 need the capability CAP_NET_BIND_SERVICE",
        Errno.EINVAL or Errno.ENODEV => $"{local} needs a network interface to be named",
        _ => null,
    };
}
