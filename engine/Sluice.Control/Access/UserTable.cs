using System.Security.Cryptography;
using System.Text;
using Sluice.Control.Configuration;
using Sluice.Wire.Auth;

namespace Sluice.Control.Access;

/// <summary>
/// The users and what their passwords hash to; passwords themselves are not kept. For a user that does not exist the same work is
/// done against hashes that nothing matches. Immutable.
/// </summary>
internal sealed class UserTable
{
    private sealed record Secrets(byte[] Md5, byte[] Sha256, bool HasSha256);

    private readonly Dictionary<string, Secrets> _users = new(StringComparer.Ordinal);
    private readonly Secrets _nobody = new(NoHash(DigestAlgorithm.Md5), NoHash(DigestAlgorithm.Sha256), HasSha256: true);
    private readonly string _realm;

    public UserTable(IEnumerable<UserConfig> users, string realm)
    {
        _realm = realm;
        foreach (var user in users)
            _users.Add(user.Name, new Secrets(
                Hash(user, DigestAlgorithm.Md5, user.Ha1Md5), Hash(user, DigestAlgorithm.Sha256, user.Ha1Sha256),
                HasSha256: user.Password is not null || user.Ha1Sha256 is not null));
    }

    public string Realm => _realm;

    /// <summary>Whether the response is the one that only the user's password gives.</summary>
    public bool IsRight(in DigestCredentials credentials, ReadOnlySpan<byte> method, out string user)
    {
        var known = Find(Encoding.UTF8.GetString(credentials.User), out user, out var isKnown);
        var ha1 = Encoding.ASCII.GetString(credentials.Algorithm == DigestAlgorithm.Sha256 ? known.Sha256 : known.Md5);
        var expected = DigestHash.Response(credentials.Algorithm, ha1, method, credentials.Uri, credentials.Nonce,
            credentials.CountText, credentials.ClientNonce);
        var isRight = EqualsHex(credentials.Response, Encoding.ASCII.GetBytes(expected));
        return isKnown & isRight;
    }

    /// <summary>Whether this is the user's password.</summary>
    public bool IsRight(string name, string password, out string user)
    {
        var known = Find(name, out user, out var isKnown);
        var algorithm = known.HasSha256 ? DigestAlgorithm.Sha256 : DigestAlgorithm.Md5;
        var given = Encoding.ASCII.GetBytes(DigestHash.Ha1(algorithm, name, _realm, password));
        var isRight = CryptographicOperations.FixedTimeEquals(given, known.HasSha256 ? known.Sha256 : known.Md5);
        return isKnown & isRight;
    }

    private Secrets Find(string name, out string user, out bool isKnown)
    {
        user = name;
        isKnown = _users.TryGetValue(name, out var known);
        return known ?? _nobody;
    }

    /// <summary>RFC 7616 §3.4: LHEX is lower case; some clients write it otherwise.</summary>
    private static bool EqualsHex(ReadOnlySpan<byte> response, ReadOnlySpan<byte> expected)
    {
        Span<byte> lower = stackalloc byte[response.Length];
        for (var i = 0; i < lower.Length; i++)
            lower[i] = (byte)(response[i] | 0x20);             // digits have that bit set already
        return CryptographicOperations.FixedTimeEquals(lower, expected);
    }

    private byte[] Hash(UserConfig user, DigestAlgorithm algorithm, SecretText? ha1) =>
        ha1 is not null ? Encoding.ASCII.GetBytes(ha1.Reveal().ToLowerInvariant())
        : user.Password is { } password ? Encoding.ASCII.GetBytes(DigestHash.Ha1(algorithm, user.Name, _realm, password.Reveal()))
        : NoHash(algorithm);

    private static byte[] NoHash(DigestAlgorithm algorithm) =>
        Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(algorithm.HexLength(), lowercase: true));
}
