using System.Net;

namespace Sluice.Control.Configuration;

public enum MediaScheme
{
    /// <summary>RTP packets (RFC 3550); MPEG-TS inside RTP unless the channel's media says otherwise (RFC 2250).</summary>
    Rtp,

    /// <summary>MPEG-TS straight in UDP, 7 × 188 bytes a datagram as a rule.</summary>
    Udp,

    /// <summary>A session of tracks that is pulled from an RTSP server (RFC 2326). Sources only.</summary>
    Rtsp,

    /// <summary>A session of tracks that somebody sends into our RTSP listener (ANNOUNCE and RECORD). Sources only.</summary>
    Publish,

    /// <summary>A stored object that the channel plays. Sources only.</summary>
    Asset,
}

/// <summary>
/// What source and output URLs share: <c>scheme://[user@]host:port[?key=value&amp;…]</c>. System.Uri refuses half of the
/// forms that this field uses (<c>rtp://@:5004</c>, two addresses around the @), so they are read by hand.
/// </summary>
internal readonly record struct MediaUrl(MediaScheme Scheme, string? Before, string Host, int Port, IReadOnlyList<KeyValuePair<string, string>> Query)
{
    /// <returns>Null when it was read; otherwise what is wrong with it.</returns>
    public static string? Read(string text, out MediaUrl url)
    {
        url = default;
        var rest = text.AsSpan();
        if (!TryTakeScheme(ref rest, out var scheme))
            return "the URL does not begin with rtp:// or udp://";
        var mark = rest.IndexOf('?');
        var query = mark < 0 ? "" : rest[(mark + 1)..].ToString();
        var authority = (mark < 0 ? rest : rest[..mark]).ToString();
        if (authority.EndsWith('/'))
            authority = authority[..^1];
        if (authority.Contains('/') || authority.Contains('#'))
            return "the URL has a path, and a packet stream has none";

        var at = authority.LastIndexOf('@');
        if (HostPort.Read(authority[(at + 1)..], out var place) is { } wrong)
            return wrong;
        if (place.Port == 0)
            return "port 0 is out of range";
        if (ReadQuery(query, out var pairs) is { } bad)
            return bad;
        url = new(scheme, at < 0 ? null : authority[..at], place.Host, place.Port, pairs);
        return null;
    }

    /// <summary>True for a group address; false for a host name, which is resolved later and checked there.</summary>
    public static bool IsMulticast(IPAddress? address) => address is not null &&
        (address.IsIPv6Multicast || (address.GetAddressBytes() is { Length: 4 } v4 && v4[0] is >= 224 and <= 239));

    /// <summary>Linux device names: up to 15 characters, no slash, no space (linux/if.h IFNAMSIZ, dev_valid_name).</summary>
    public static bool IsInterfaceName(string name) => name.Length is > 0 and <= 15 && name is not ("." or "..")
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@');

    public static string Format(MediaScheme scheme) => scheme == MediaScheme.Rtp ? "rtp" : "udp";

    private static bool TryTakeScheme(ref ReadOnlySpan<char> text, out MediaScheme scheme)
    {
        scheme = text.StartsWith("udp://", StringComparison.OrdinalIgnoreCase) ? MediaScheme.Udp : MediaScheme.Rtp;
        if (scheme == MediaScheme.Rtp && !text.StartsWith("rtp://", StringComparison.OrdinalIgnoreCase))
            return false;
        text = text["rtp://".Length..];
        return true;
    }

    private static string? ReadQuery(string text, out List<KeyValuePair<string, string>> pairs)
    {
        pairs = [];
        foreach (var part in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            if (equals <= 0)
                return $"\"{ConfigNode.Shown(part)}\" in the query is not key=value";
            var key = part[..equals];
            if (pairs.Exists(p => p.Key == key))
                return $"\"{ConfigNode.Shown(key)}\" is in the query twice";
            pairs.Add(new(key, part[(equals + 1)..]));
        }
        return null;
    }
}
