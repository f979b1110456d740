using System.Net;
using Sluice.Control.Configuration;

namespace Sluice.Control.Relays;

/// <summary>
/// A group that somebody asks for by URL, as udpxy, msd_lite and rtp2httpd spell it: <c>239.1.2.3:5004</c>,
/// <c>10.0.0.7@232.1.1.1:5004</c>, <c>[2001:db8::7]@[ff3e::1]:5004</c>. Addresses only: nobody makes this machine ask a name server.
/// </summary>
/// <param name="Source">The one sender that is wanted; null = any.</param>
/// <param name="Group">Where it sends to.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Interface">Where to join, as the URL says; null = it does not say.</param>
public sealed record RelayRequest(IPAddress? Source, IPAddress Group, int Port, string? Interface)
{
    public const string Form = "GROUP:PORT or SOURCE@GROUP:PORT, with IPv6 addresses in brackets";

    /// <summary>The longest that can mean something: two IPv6 addresses in brackets and a port.</summary>
    private const int LengthMax = 2 * 47 + 7;

    /// <returns>Null when it was read; otherwise what is wrong with it.</returns>
    public static string? Read(string place, string? device, out RelayRequest? request)
    {
        request = null;
        if (place.Length > LengthMax)
            return "the place is too long";
        var at = place.LastIndexOf('@');
        if (HostPort.Read(place[(at + 1)..], out var to) is { } wrong)
            return wrong;
        if (to.Port == 0 || to.Host.Length == 0 || HostPort.Literal(to.Host) is not { } group)
            return "a group needs an address and a port";
        IPAddress? source = null;
        if (at >= 0 && ReadSource(place[..at], group, out source) is { } bad)
            return bad;
        if (device is not null && !MediaUrl.IsInterfaceName(device))
            return "iface= is not the name of an interface";
        request = new RelayRequest(source, group, to.Port, device);
        return null;
    }

    private static string? ReadSource(string text, IPAddress group, out IPAddress? source)
    {
        source = null;
        if (HostPort.ReadHost(text, out var host) is { } wrong)
            return wrong;
        source = host.Length == 0 ? null : HostPort.Literal(host);
        return source is null ? "the part before the @ is not an address"
            : source.AddressFamily != group.AddressFamily ? "source and group are of different address families" : null;
    }

    /// <summary>As it stands in a URL, in one spelling for each meaning.</summary>
    public override string ToString() => $"{(Source is null ? "" : Bracketed(Source) + "@")}{Bracketed(Group)}:{Port}";

    private static string Bracketed(IPAddress address) => HostPort.Bracketed(address.ToString());
}
