using System.Net;

namespace Sluice.Control.Configuration;

/// <summary>
/// Where packets of a channel go: <c>rtp://192.168.1.20:6000</c>, <c>udp://239.9.9.9:5004?iface=eth1&amp;ttl=8</c>.
/// The query says the same as the members of an output object do. The host is an address, a group or a name; never empty.
/// </summary>
public sealed record OutputUrl(MediaScheme Scheme, string Host, int Port)
{
    public const string Form = "a URL such as \"rtp://192.168.1.20:6000\" or \"udp://239.9.9.9:5004?iface=eth1&ttl=8\"";

    internal static readonly string[] Keys =
        ["track", "ttl", "iface", "source", "dscp", "delay", "timeout", "start", "tsPackets", "nulls", "cbr", "offset", "loop"];

    /// <summary>The literal address, or null for a name.</summary>
    public IPAddress? Address => HostPort.Literal(Host);

    public bool IsMulticast => MediaUrl.IsMulticast(Address);

    /// <returns>Null when it was read; otherwise what is wrong with it.</returns>
    internal static string? Read(string text, out OutputUrl? output, out IReadOnlyList<KeyValuePair<string, string>> query)
    {
        output = null;
        query = [];
        if (MediaUrl.Read(text, out var url) is { } wrong)
            return wrong;
        if (!string.IsNullOrEmpty(url.Before))
            return "an output has no part before the @ (ttl, iface, delay and timeout go behind a ?)";
        if (url.Host.Length == 0 || HostPort.Literal(url.Host) is { } a && (a.Equals(IPAddress.Any) || a.Equals(IPAddress.IPv6Any)))
            return "an output needs an address to send to";
        if (url.Host == "255.255.255.255")
            return "a broadcast address would reach every machine of the network";
        foreach (var (key, _) in url.Query)
        {
            if (!Keys.Contains(key))
                return SourceUrl.UnknownKey(key, Keys);
        }
        output = new(url.Scheme, url.Host, url.Port);
        query = url.Query;
        return null;
    }

    public override string ToString() => $"{MediaUrl.Format(Scheme)}://{HostPort.Bracketed(Host)}:{Port}";
}
