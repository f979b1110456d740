using System.Globalization;
using System.Text;
using Sluice.Control.Rtsp.Pull;

namespace Sluice.Control.Configuration;

/// <summary>What an <c>rtsp://</c> source says beyond host and port.</summary>
/// <param name="Path">Path and query of the request, beginning with a slash, or empty; sent as written.</param>
/// <param name="User">Null when the server asks nobody.</param>
/// <param name="Password">Null together with the user.</param>
/// <param name="Transport">How packets are asked for.</param>
public sealed record PullTarget(string Path, string? User, SecretText? Password, PullTransport Transport);

/// <summary>
/// An RTSP server that is pulled from: <c>rtsp://user:password@camera.example:554/stream?channel=1&amp;transport=tcp</c>. Our own key is
/// taken out of the query, the rest is the server's. No message quotes the text: it may hold a password.
/// </summary>
public static class PullUrl
{
    public const string Scheme = "rtsp://";
    public const int PortDefault = 554;

    private const int LengthMax = 1024;
    private const string TransportKey = "transport=";

    public static bool IsOne(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <returns>Null when it was read; otherwise what is wrong with it.</returns>
    public static string? Read(string text, out SourceUrl? source)
    {
        source = null;
        if (text.Length > LengthMax || text.Any(c => c is <= ' ' or > '~' or '#'))
            return "the URL has characters that need percent-encoding, or is too long";
        var rest = text[Scheme.Length..];
        var end = rest.IndexOfAny(['/', '?']);
        var authority = end < 0 ? rest : rest[..end];
        var at = authority.LastIndexOf('@');
        if (ReadUser(at < 0 ? null : authority[..at], out var user, out var password) is { } unknown)
            return unknown;
        if (ReadPlace(authority[(at + 1)..], out var place) is { } wrong)
            return wrong;
        if (TakeTransport(end < 0 ? "" : rest[end..], out var path, out var transport) is { } bad)
            return bad;
        source = new SourceUrl(MediaScheme.Rtsp, place.Host, place.Port, null, null) { Pull = new PullTarget(path, user, password, transport) };
        return null;
    }

    /// <summary>The URL that goes out in requests: without user and password.</summary>
    public static string ForRequest(SourceUrl source) => string.Create(CultureInfo.InvariantCulture,
        $"{Scheme}{HostPort.Bracketed(source.Host)}{(source.Port == PortDefault ? "" : $":{source.Port}")}{source.Pull!.Path}");

    /// <summary>The URL for people: what stands in a query for a secret is hidden as well.</summary>
    public static string Shown(SourceUrl source)
    {
        var url = ForRequest(source);
        var mark = url.IndexOf('?');
        return mark < 0 ? url : url[..(mark + 1)] + string.Join('&', url[(mark + 1)..].Split('&').Select(HideSecret));
    }

    private static string HideSecret(string pair)
    {
        string[] secrets = ["pass", "pwd", "token", "key", "auth"];
        var equals = pair.IndexOf('=');
        return equals > 0 && secrets.Any(word => pair.AsSpan(0, equals).Contains(word, StringComparison.OrdinalIgnoreCase)) ? pair[..equals] + "=***" : pair;
    }

    private static string? ReadUser(string? text, out string? user, out SecretText? password)
    {
        (user, password) = (null, null);
        if (text is null)
            return null;
        var colon = text.IndexOf(':');
        if (colon <= 0)
            return "what stands before the @ is not user:password";
        user = Uri.UnescapeDataString(text[..colon]);
        password = new SecretText(Uri.UnescapeDataString(text[(colon + 1)..]));
        return user.Any(c => char.IsControl(c) || c is '"' or '\\') || password.Reveal().Any(char.IsControl)
            ? "user and password cannot have control characters, nor the user quotes or backslashes" : null;
    }

    // What is no host here may be the rest of a password with a slash in it: it is not quoted.
    private static string? ReadPlace(string text, out HostPort place)
    {
        var hasPort = text.LastIndexOf(':') > text.LastIndexOf(']');
        var wrong = HostPort.Read(hasPort ? text : $"{text}:{PortDefault}", out place);
        if (wrong is not null || place.Host.Length == 0 || place.Port == 0)
            return "the server's host or port cannot be read (a slash or @ in a password is written %2F or %40)";
        return MediaUrl.IsMulticast(HostPort.Literal(place.Host)) ? "a group is no RTSP server" : null;
    }

    private static string? TakeTransport(string text, out string path, out PullTransport transport)
    {
        (path, transport) = (text, PullTransport.UdpThenTcp);
        var mark = text.IndexOf('?');
        if (mark < 0)
            return null;
        var others = new StringBuilder();
        foreach (var part in text[(mark + 1)..].Split('&'))
        {
            if (!part.StartsWith(TransportKey, StringComparison.Ordinal))
                others.Append(others.Length == 0 ? '?' : '&').Append(part);
            else if (!TryReadTransport(part[TransportKey.Length..], out transport))
                return "transport= is udp or tcp; without it UDP is tried first, then TCP";
        }
        path = text[..mark] + others;
        return null;
    }

    private static bool TryReadTransport(string text, out PullTransport transport)
    {
        transport = text == "tcp" ? PullTransport.Tcp : PullTransport.Udp;
        return text is "tcp" or "udp";
    }
}
