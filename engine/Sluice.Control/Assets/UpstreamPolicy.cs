using System.Net;
using System.Net.Sockets;

namespace Sluice.Control.Assets;

/// <summary>
/// Which servers assets may be pulled from. A URL is judged by its form and host, and then every address that the host resolves to, at the moment of
/// connecting: whoever may name URLs must not reach what only this machine can reach (reliability X16).
/// </summary>
/// <param name="Names">Hosts in lower case; "*.example.net" is all below it, "*" is every host.</param>
/// <param name="Networks">Addresses that are allowed whatever they are, and whatever name led to them.</param>
public sealed record UpstreamPolicy(IReadOnlyList<string> Names, IReadOnlyList<IPNetwork> Networks)
{
    public const int RedirectsMax = 3;
    public const int UrlLengthMax = 2_000;

    public static readonly UpstreamPolicy Nowhere = new([], []);

    public bool IsNowhere => Names.Count == 0 && Networks.Count == 0;

    /// <summary>Letters, digits, hyphens and dots, perhaps behind "*."; or "*".</summary>
    public static bool IsHostPattern(string text) => text == "*"
        || (text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text) is { Length: > 0 and <= 253 } host
            && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.') && host[0] is not ('.' or '-') && !host.Contains("..", StringComparison.Ordinal);

    /// <summary>Null, or why this URL is not fetched, as a sentence.</summary>
    public string? Refusal(string text, out Uri? url)
    {
        if (text.Length > UrlLengthMax || !Uri.TryCreate(text, UriKind.Absolute, out url))
        {
            url = null;
            return "that is no URL";
        }
        return Refusal(url);
    }

    /// <summary>The same for one that is known to be a URL, such as a redirection's.</summary>
    public string? Refusal(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (url.Scheme is not ("http" or "https"))
            return $"{url.Scheme}: is not fetched, only http: and https:";
        if (url.UserInfo.Length > 0)
            return "user names in URLs are not sent";
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address))
            return Refusal(address, isNamed: false);
        // By a network alone any name may lead there: its addresses decide.
        return IsNamed(url.Host) || Networks.Count > 0 ? null : $"{url.Host} is not among the hosts that assets may be pulled from";
    }

    /// <summary>Whether this host's name is on the list.</summary>
    public bool IsNamed(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        var name = host.TrimEnd('.').ToLowerInvariant();
        return Names.Any(one => one == "*" || one == name
            || (one.StartsWith("*.", StringComparison.Ordinal) && name.EndsWith(one[1..], StringComparison.Ordinal)));
    }

    /// <summary>Null, or why nothing is connected to this address.</summary>
    /// <param name="address">One of those that a host resolved to, or the host itself.</param>
    /// <param name="isNamed">See <see cref="IsNamed"/>.</param>
    public string? Refusal(IPAddress address, bool isNamed)
    {
        ArgumentNullException.ThrowIfNull(address);
        var real = Unwrapped(address);
        if (Networks.Any(network => network.Contains(real) || network.Contains(address)))
            return null;
        if (!IsPublic(real))
            return $"{address} is not a public address, and its network is not among the \"hosts\" of the assets";
        return isNamed || Names.Contains("*") ? null : $"{address} is not among the \"hosts\" of the assets";
    }

    /// <summary>Whether anybody on the internet could reach it: the IANA registries of special-purpose addresses (RFC 6890) say which cannot.</summary>
    public static bool IsPublic(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return !Array.Exists(s_special, network => network.Contains(address));
    }

    // IPv4 within IPv6 is what it holds: mapped (RFC 4291 §2.5.5.2), translated (RFC 6052 §2.1), 6to4 (RFC 3056 §2).
    private static IPAddress Unwrapped(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        return s_translated.Contains(address) ? new IPAddress(bytes.AsSpan(12)) : bytes[0] == 0x20 && bytes[1] == 0x02 ? new IPAddress(bytes.AsSpan(2, 4))
            : new IPAddress(bytes);     // without its scope
    }

    private static readonly IPNetwork s_translated = IPNetwork.Parse("64:ff9b::/96");

    private static readonly IPNetwork[] s_special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/128", "::1/128", "::ffff:0:0/96", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
            "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    public override string ToString() => IsNowhere ? "nowhere" : string.Join(", ", Names.Concat(Networks.Select(network => network.ToString())));
}
