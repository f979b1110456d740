using System.Text;
using Sluice.Wire.Rtsp;

namespace Sluice.Wire.Auth;

/// <summary>The value of an Authorization header with scheme Digest (RFC 7616 §3.4), seen in place.</summary>
public readonly ref struct DigestCredentials
{
    private const int FieldMax = 2048;

    public DigestAlgorithm Algorithm { get; private init; }
    public ReadOnlySpan<byte> User { get; private init; }
    public ReadOnlySpan<byte> Realm { get; private init; }
    public ReadOnlySpan<byte> Nonce { get; private init; }
    public ReadOnlySpan<byte> Uri { get; private init; }

    /// <summary>Hexadecimal, as long as the algorithm says.</summary>
    public ReadOnlySpan<byte> Response { get; private init; }
    public ReadOnlySpan<byte> ClientNonce { get; private init; }

    /// <summary>The nc parameter as sent: it is hashed so. Empty = the client knows no qop (RFC 2069).</summary>
    public ReadOnlySpan<byte> CountText { get; private init; }

    /// <summary>1 for the first request with a nonce; 0 without qop.</summary>
    public uint Count { get; private init; }

    /// <summary>
    /// False when it is another scheme, when a parameter is missing, doubled or malformed, and for what is not spoken here: other
    /// algorithms, session keys, auth-int, hashed user names.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out DigestCredentials credentials)
    {
        credentials = default;
        if (value.Length < 7 || !Ascii.EqualsIgnoreCase(value[..7], "Digest "u8))
            return false;
        var fields = new Fields();
        var rest = value[7..];
        while (AsciiText.TryTakeElement(ref rest, (byte)',', out var parameter))
        {
            AsciiText.SplitParameter(parameter, out var name, out var text);
            if (text.Length > FieldMax || !fields.TryAdd(name, text))
                return false;
        }
        return fields.TryMake(out credentials);
    }

    /// <summary>The parameters on their way in; an empty one is one that was not there.</summary>
    private ref struct Fields
    {
        private ReadOnlySpan<byte> _user, _realm, _nonce, _uri, _response, _clientNonce, _count, _qop, _algorithm, _userHash;

        /// <summary>Unknown parameters are passed over; a known one given twice is an error.</summary>
        public bool TryAdd(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
        {
            if (Is(name, "username"u8)) return Set(ref _user, text);
            if (Is(name, "realm"u8)) return Set(ref _realm, text);
            if (Is(name, "nonce"u8)) return Set(ref _nonce, text);
            if (Is(name, "uri"u8)) return Set(ref _uri, text);
            if (Is(name, "response"u8)) return Set(ref _response, text);
            if (Is(name, "cnonce"u8)) return Set(ref _clientNonce, text);
            if (Is(name, "nc"u8)) return Set(ref _count, text);
            if (Is(name, "qop"u8)) return Set(ref _qop, text);
            if (Is(name, "algorithm"u8)) return Set(ref _algorithm, text);
            return !Is(name, "userhash"u8) || Set(ref _userHash, text);
        }

        public readonly bool TryMake(out DigestCredentials credentials)
        {
            credentials = default;
            var isSha = Is(_algorithm, "SHA-256"u8);
            if (!isSha && !_algorithm.IsEmpty && !Is(_algorithm, "MD5"u8))
                return false;
            var algorithm = isSha ? DigestAlgorithm.Sha256 : DigestAlgorithm.Md5;
            if (_user.IsEmpty || _nonce.IsEmpty || _uri.IsEmpty || _response.Length != algorithm.HexLength() || Is(_userHash, "true"u8)
                || !TryReadCount(out var count))
                return false;
            credentials = new DigestCredentials
            {
                Algorithm = algorithm, User = _user, Realm = _realm, Nonce = _nonce, Uri = _uri, Response = _response,
                ClientNonce = _clientNonce, CountText = _count, Count = count,
            };
            return true;
        }

        /// <summary>RFC 7616 §3.4: cnonce and nc come with qop and not without it.</summary>
        private readonly bool TryReadCount(out uint count)
        {
            count = 0;
            if (_qop.IsEmpty)
                return _count.IsEmpty;
            return Is(_qop, "auth"u8) && _count.Length == 8 && !_clientNonce.IsEmpty && AsciiText.TryParseHex32(_count, out count) && count > 0;
        }

        private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(text, name);

        private static bool Set(ref ReadOnlySpan<byte> field, ReadOnlySpan<byte> text)
        {
            if (!field.IsEmpty)
                return false;
            field = text;
            return true;
        }
    }
}
