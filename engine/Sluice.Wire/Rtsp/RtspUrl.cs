using System.Globalization;
using System.Text;

namespace Sluice.Wire.Rtsp;

/// <summary>
/// What a request URL means to Sluice (RFC 2326 §3.2): a host, perhaps a channel, perhaps a track of it.
/// Forms: <c>rtsp://host[:port]/name</c>, with <c>/trackID=N</c>, <c>/stream=N</c>, <c>/streamid=N</c> behind the name, behind the
/// name without a slash, or alone: VLC's satip module puts <c>stream=N</c> straight behind whatever Content-Base it was given.
/// <c>rtsp://host/assets/name</c> names a stored object.
/// </summary>
/// <param name="Host">As sent, checked: letters, digits, dots, dashes, or an IPv6 address in brackets.</param>
/// <param name="Port">554 when the URL names none.</param>
/// <param name="Channel">A well-formed name, decoded once, case kept; null when the path is empty or only names a track.</param>
/// <param name="Track">The track's number, when the URL ends in one.</param>
/// <param name="IsForeign">The path is something that can never name a channel: the answer is 404.</param>
/// <param name="IsTls">The scheme is <c>rtsps</c> (RFC 7826 §4.2), whose port is 322 unless the URL names one.</param>
public readonly record struct RtspUrl(string Host, int Port, string? Channel, int? Track, bool IsForeign = false, bool IsTls = false)
{
    public const int DefaultPort = 554;
    public const int DefaultTlsPort = 322;
    public const int ChannelNameMax = 64;

    /// <summary>What stands before the name of a stored object, and is part of the name here; no channel can have such a name.</summary>
    public static ReadOnlySpan<byte> AssetsPrefix => "assets/"u8;
    private const int HostMax = 253;
    private const int TrackMax = 999;

    public static bool TryParse(ReadOnlySpan<byte> text, out RtspUrl url)
    {
        url = default;
        if (!TryTakeScheme(text, out var rest, out var isTls))
            return false;
        var authorityEnd = rest.IndexOfAny("/?#"u8);
        var authority = authorityEnd < 0 ? rest : rest[..authorityEnd];
        if (!TryParseAuthority(authority, isTls ? DefaultTlsPort : DefaultPort, out var host, out var port))
            return false;
        var path = authorityEnd < 0 ? default : rest[authorityEnd..];
        var pathEnd = path.IndexOfAny("?#"u8);
        return TryParsePath(pathEnd < 0 ? path : path[..pathEnd], new RtspUrl(host, port, null, null, IsTls: isTls), out url);
    }

    private static bool TryTakeScheme(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> rest, out bool isTls)
    {
        isTls = text.Length > 8 && Ascii.EqualsIgnoreCase(text[..8], "rtsps://"u8);
        var isPlain = text.Length > 7 && Ascii.EqualsIgnoreCase(text[..7], "rtsp://"u8);
        rest = isTls ? text[8..] : isPlain ? text[7..] : default;
        return isTls || isPlain;
    }

    private static bool TryParseAuthority(ReadOnlySpan<byte> authority, int defaultPort, out string host, out int port)
    {
        (host, port) = ("", defaultPort);
        var bracket = authority.StartsWith("["u8) ? authority.IndexOf((byte)']') : -1;
        var colon = authority[(bracket + 1)..].IndexOf((byte)':');
        var hostEnd = colon < 0 ? authority.Length : bracket + 1 + colon;
        var name = authority[..hostEnd];
        if (!IsHost(name, bracket))
            return false;
        host = Encoding.ASCII.GetString(name);
        if (hostEnd == authority.Length)
            return true;
        var valid = AsciiText.TryParseDigits(authority[(hostEnd + 1)..], ushort.MaxValue, out var number) && number > 0;
        port = (int)number;
        return valid;
    }

    private static bool IsHost(ReadOnlySpan<byte> name, int bracket)
    {
        if (name.IsEmpty || name.Length > HostMax)
            return false;
        if (bracket >= 0)
            return bracket == name.Length - 1 && name.Length > 3 && name[1..^1].IndexOfAnyExcept(AsciiText.Ipv6Bytes) < 0;
        foreach (var octet in name)
            if (!IsNameByte(octet))
                return false;
        return true;
    }

    /// <summary>The path decoded once: a second layer of encoding stays as it is and then is no channel name.</summary>
    private static bool TryParsePath(ReadOnlySpan<byte> path, RtspUrl server, out RtspUrl url)
    {
        url = server;
        Span<byte> buffer = stackalloc byte[ChannelNameMax + 32];
        var trimmed = path.Trim((byte)'/');
        if (!TryDecode(trimmed, buffer, out var decoded, out var tooLong))
            return false;
        if (tooLong)
        {
            url = server with { IsForeign = true };
            return true;
        }
        ReadOnlySpan<byte> name = buffer[..decoded];
        var track = TakeTrack(ref name);
        var named = IsChannelName(name) || (name.StartsWith(AssetsPrefix) && IsChannelName(name[AssetsPrefix.Length..]));
        url = server with { Channel = named ? Encoding.ASCII.GetString(name) : null, Track = track, IsForeign = !named && !name.IsEmpty };
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> target, out int length, out bool tooLong)
    {
        length = 0;
        tooLong = false;
        for (var i = 0; i < text.Length; i++)
        {
            var octet = text[i];
            if (octet == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit((char)text[i + 1]) || !char.IsAsciiHexDigit((char)text[i + 2]))
                    return false;
                octet = (byte)((AsciiText.HexValue(text[i + 1]) << 4) | AsciiText.HexValue(text[i + 2]));
                i += 2;
            }
            if (length == target.Length)
                tooLong = true;
            else
                target[length++] = octet;
        }
        return true;
    }

    /// <summary>Cuts <c>trackID=N</c> and its kin off the end. No channel name holds '=', so the cut is never ambiguous.</summary>
    private static int? TakeTrack(ref ReadOnlySpan<byte> name)
    {
        var equals = name.LastIndexOf((byte)'=');
        if (equals < 0 || !AsciiText.TryParseDigits(name[(equals + 1)..], TrackMax, out var track))
            return null;
        foreach (var suffix in (ReadOnlySpan<string>)["streamid", "trackid", "stream", "track"])
        {
            var start = equals - suffix.Length;
            if (start < 0 || !Ascii.EqualsIgnoreCase(name[start..equals], suffix))
                continue;
            name = name[..start];
            name = name.EndsWith("/"u8) ? name[..^1] : name;
            return (int)track;
        }
        return null;
    }

    /// <summary>A name matches <c>[A-Za-z0-9._-]{1,64}</c> and is not made of dots alone: it is looked up, never joined to a path.</summary>
    public static bool IsChannelName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > ChannelNameMax || name.IndexOfAnyExcept((byte)'.') < 0)
            return false;
        foreach (var octet in name)
            if (!IsNameByte(octet))
                return false;
        return true;
    }

    private static bool IsNameByte(byte octet) => char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'.' or (byte)'_' or (byte)'-';

    /// <summary>Scheme and authority, e.g. <c>rtsp://box:8554/</c>; the port always stands there when it is not the scheme's own.</summary>
    public string Root => Port == (IsTls ? DefaultTlsPort : DefaultPort)
        ? $"{Scheme}://{Host}/"
        : string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{Host}:{Port}/");

    private string Scheme => IsTls ? "rtsps" : "rtsp";

    public override string ToString()
    {
        var track = Track is { } number ? string.Create(CultureInfo.InvariantCulture, $"trackID={number}") : "";
        return Channel is null ? Root + track : Track is null ? Root + Channel : $"{Root}{Channel}/{track}";
    }
}
