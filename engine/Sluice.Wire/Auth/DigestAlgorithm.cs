using System.Security.Cryptography;
using System.Text;

namespace Sluice.Wire.Auth;

/// <summary>The hashes of Digest authentication that are spoken here (RFC 7616 §6.1), weakest first.</summary>
public enum DigestAlgorithm { Md5, Sha256 }

/// <summary>The arithmetic of Digest authentication (RFC 7616 §3.4.1–3.4.3), the same for both ends. All results are lower-case hex.</summary>
public static class DigestHash
{
    /// <summary>The word of the algorithm parameter.</summary>
    public static string Name(this DigestAlgorithm algorithm) => algorithm == DigestAlgorithm.Sha256 ? "SHA-256" : "MD5";

    /// <summary>Characters of a result: 32 or 64.</summary>
    public static int HexLength(this DigestAlgorithm algorithm) => algorithm == DigestAlgorithm.Sha256 ? 64 : 32;

    /// <summary>H(user:realm:password): all that a server must know of a password. It opens this realm, so it is a secret as well.</summary>
    public static string Ha1(DigestAlgorithm algorithm, string user, string realm, string password)
    {
        using var hash = Create(algorithm);
        hash.AppendData(Encoding.UTF8.GetBytes($"{user}:{realm}:{password}"));
        return Hex(hash);
    }

    /// <summary>
    /// What proves the password for one request. Without <paramref name="count"/> it is the older form (RFC 2069 §2.1.2), which
    /// GStreamer still sends.
    /// </summary>
    /// <param name="ha1">See <see cref="Ha1"/>.</param>
    /// <param name="method">Of the request line.</param>
    /// <param name="uri">The uri parameter.</param>
    /// <param name="nonce">The server's.</param>
    /// <param name="count">The nc parameter as sent, eight hexadecimal digits.</param>
    /// <param name="clientNonce">The cnonce parameter.</param>
    public static string Response(DigestAlgorithm algorithm, string ha1, ReadOnlySpan<byte> method, ReadOnlySpan<byte> uri,
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> count, ReadOnlySpan<byte> clientNonce)
    {
        using var hash = Create(algorithm);
        hash.AppendData(method);
        hash.AppendData(":"u8);
        hash.AppendData(uri);
        var ha2 = Encoding.ASCII.GetBytes(Hex(hash));
        hash.AppendData(Encoding.ASCII.GetBytes(ha1));
        hash.AppendData(":"u8);
        hash.AppendData(nonce);
        if (!count.IsEmpty)
        {
            hash.AppendData(":"u8);
            hash.AppendData(count);
            hash.AppendData(":"u8);
            hash.AppendData(clientNonce);
            hash.AppendData(":auth"u8);
        }
        hash.AppendData(":"u8);
        hash.AppendData(ha2);
        return Hex(hash);
    }

    private static IncrementalHash Create(DigestAlgorithm algorithm) =>
        IncrementalHash.CreateHash(algorithm == DigestAlgorithm.Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.MD5);

    private static string Hex(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset());
}
