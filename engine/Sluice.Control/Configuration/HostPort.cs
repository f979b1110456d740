using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Control.Configuration;

/// <summary>The <c>host:port</c> part of every address in the configuration, with IPv6 in brackets (RFC 3986 §3.2.2).</summary>
internal readonly record struct HostPort(string Host, int Port)
{
    /// <summary>Reads <c>10.0.0.1:5004</c>, <c>[ff3e::1]:5004</c>, <c>name.example:5004</c> or <c>:5004</c> (empty host).</summary>
    /// <returns>Null when it was read; otherwise what is wrong with it.</returns>
    public static string? Read(string text, out HostPort result)
    {
        result = default;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || text.EndsWith(']'))
            return "the port is missing";
        if (ReadHost(text[..colon], out var host) is { } wrong)
            return wrong;
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return $"\"{ConfigNode.Shown(text[(colon + 1)..])}\" is not a port";
        if (port is < 0 or > 65535)
            return $"port {port} is out of range";
        result = new(host, port);
        return null;
    }

    /// <summary>Reads one host: an IPv4 address, an IPv6 address in brackets, a host name, or nothing at all.</summary>
    public static string? ReadHost(string text, out string host)
    {
        host = text;
        if (text.StartsWith('['))
        {
            host = text.EndsWith(']') ? text[1..^1] : "";
            return IPAddress.TryParse(host, out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6
                ? null : $"{ConfigNode.Shown(text)} is not an IPv6 address";
        }
        if (text.Contains(':'))
            return "an IPv6 address needs brackets, as [2001:db8::1]";
        if (text.Length == 0 || IsIPv4(text))
            return null;
        // All digits and dots, yet not an address: a slip, never a host name (RFC 1123 §2.1).
        return text.All(c => char.IsAsciiDigit(c) || c == '.') || !IsHostName(text)
            ? $"\"{ConfigNode.Shown(text)}\" is not an address or a host name" : null;
    }

    /// <summary>The literal address, or null when the host is a name that somebody has to resolve.</summary>
    public static IPAddress? Literal(string host) =>
        host.Length == 0 ? IPAddress.Any : host.Contains(':') || IsIPv4(host) ? IPAddress.Parse(host) : null;

    /// <summary>The host as it stands in a URL: IPv6 in brackets.</summary>
    public static string Bracketed(string host) => host.Contains(':') ? $"[{host}]" : host;

    // Four decimal parts: IPAddress alone would also take "10.1" and octal, which nobody means.
    private static bool IsIPv4(string text)
    {
        var parts = 0;
        foreach (var part in text.AsSpan().Split('.'))
        {
            if (!IsOctet(text.AsSpan(part)))
                return false;
            parts++;
        }
        return parts == 4;
    }

    private static bool IsOctet(ReadOnlySpan<char> part) => part.Length is > 0 and <= 3 && !part.ContainsAnyExceptInRange('0', '9')
        && (part.Length == 1 || part[0] != '0') && int.Parse(part, CultureInfo.InvariantCulture) <= 255;

    private static bool IsHostName(string text) => text.Length <= 253 && text.Split('.').All(label =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
}

/// <summary>Where a listener of ours binds: <c>0.0.0.0:8554</c>, <c>[::]:8554</c>, <c>localhost:9090</c>, <c>*:8080</c>.</summary>
/// <param name="Address">Always literal: a listener must not wait for a name server.</param>
/// <param name="Port">0 = any free port, said at start.</param>
public sealed record ListenAddress(IPAddress Address, int Port)
{
    public const string Form = "an address and a port such as \"0.0.0.0:8554\", \"[::1]:8554\", \"*:8554\", or \"off\"";

    public IPEndPoint EndPoint => new(Address, Port);

    public override string ToString() => EndPoint.ToString();

    /// <returns>Null when it was read; otherwise what is wrong with it.</returns>
    internal static string? Read(string text, out ListenAddress? result)
    {
        result = null;
        var any = text.StartsWith("*:", StringComparison.Ordinal);
        if (HostPort.Read(any ? text[1..] : text, out var parsed) is { } wrong)
            return wrong;
        // "*" is both families at once: an IPv6 socket that takes IPv4 too.
        var address = any ? IPAddress.IPv6Any
            : parsed.Host is "localhost" ? IPAddress.Loopback
            : parsed.Host.Length == 0 ? null : HostPort.Literal(parsed.Host);
        if (address is null)
            return parsed.Host.Length == 0 ? "the address is missing" : $"\"{parsed.Host}\" is a name, and a listener needs an address";
        result = new(address, parsed.Port);
        return null;
    }
}
