using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sluice.Wire.Rtsp;

namespace Sluice.Wire.Auth;

/// <summary>The value of a WWW-Authenticate header with scheme Digest (RFC 7616 §3.3): what the server wants to see, and the client's answer to it.</summary>
/// <param name="Realm">Which passwords are meant; part of the hash.</param>
/// <param name="Nonce">The server's; opaque to clients.</param>
/// <param name="Algorithm">One challenge for each that the server takes.</param>
/// <param name="IsStale">The password was right and the nonce too old: try again without asking anybody.</param>
/// <param name="HasQop">The server wants a count and the client's nonce (<c>qop="auth"</c>).</param>
/// <param name="Opaque">To be given back as it is, or null.</param>
public readonly record struct DigestChallenge(
    string Realm, string Nonce, DigestAlgorithm Algorithm, bool IsStale = false, bool HasQop = true, string? Opaque = null)
{
    private const int TextMax = 512;

    public static ReadOnlySpan<byte> HeaderName => "WWW-Authenticate"u8;

    /// <summary>False for another scheme or algorithm, or when a quality of protection is asked for that is not <c>auth</c>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out DigestChallenge challenge)
    {
        challenge = default;
        if (value.Length < 7 || !Ascii.EqualsIgnoreCase(value[..7], "Digest "u8))
            return false;
        var parsed = new DigestChallenge("", "", DigestAlgorithm.Md5, HasQop: false);
        var rest = value[7..];
        while (AsciiText.TryTakeElement(ref rest, (byte)',', out var parameter))
        {
            AsciiText.SplitParameter(parameter, out var name, out var text);
            if (text.Length > TextMax || !TryAdd(ref parsed, name, text))
                return false;
        }
        challenge = parsed;
        return parsed.Nonce.Length > 0;
    }

    private static bool TryAdd(ref DigestChallenge parsed, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        if (Is(name, "realm"u8))
            parsed = parsed with { Realm = Encoding.UTF8.GetString(text) };
        else if (Is(name, "nonce"u8))
            parsed = parsed with { Nonce = Encoding.ASCII.GetString(text) };
        else if (Is(name, "opaque"u8))
            parsed = parsed with { Opaque = Encoding.ASCII.GetString(text) };
        else if (Is(name, "stale"u8))
            parsed = parsed with { IsStale = Is(text, "true"u8) };
        else if (Is(name, "algorithm"u8))
            return TryAddAlgorithm(ref parsed, text);
        else if (Is(name, "qop"u8))
            return TryAddQop(ref parsed, text);
        return true;
    }

    private static bool TryAddAlgorithm(ref DigestChallenge parsed, ReadOnlySpan<byte> text)
    {
        var isSha = Is(text, "SHA-256"u8);
        parsed = parsed with { Algorithm = isSha ? DigestAlgorithm.Sha256 : DigestAlgorithm.Md5 };
        return isSha || Is(text, "MD5"u8);
    }

    private static bool TryAddQop(ref DigestChallenge parsed, ReadOnlySpan<byte> text)
    {
        while (AsciiText.TryTakeElement(ref text, (byte)',', out var offered))
            if (Is(offered, "auth"u8))
            {
                parsed = parsed with { HasQop = true };
                return true;
            }
        return false;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(text, name);

    /// <summary>The header's value.</summary>
    public override string ToString() =>
        $"Digest realm=\"{Realm}\", nonce=\"{Nonce}\", algorithm={Algorithm.Name()}"
        + (HasQop ? ", qop=\"auth\"" : "") + (Opaque is null ? "" : $", opaque=\"{Opaque}\"") + (IsStale ? ", stale=true" : "");

    /// <summary>The client's answer: the value of the Authorization header of one request.</summary>
    /// <param name="count">1 for the first request with this nonce, and one more for each that follows.</param>
    public string Answer(string user, string password, string method, string uri, uint count)
    {
        var ha1 = DigestHash.Ha1(Algorithm, user, Realm, password);
        var (nc, cnonce) = HasQop
            ? (count.ToString("x8", CultureInfo.InvariantCulture), RandomNumberGenerator.GetHexString(16, lowercase: true)) : ("", "");
        var response = DigestHash.Response(Algorithm, ha1, Bytes(method), Bytes(uri), Bytes(Nonce), Bytes(nc), Bytes(cnonce));
        return $"Digest username=\"{user}\", realm=\"{Realm}\", nonce=\"{Nonce}\", uri=\"{uri}\", response=\"{response}\", algorithm={Algorithm.Name()}"
            + (HasQop ? $", qop=auth, nc={nc}, cnonce=\"{cnonce}\"" : "") + (Opaque is null ? "" : $", opaque=\"{Opaque}\"");
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
}
