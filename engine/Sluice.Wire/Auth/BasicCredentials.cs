using System.Buffers.Text;
using System.Text;
using Sluice.Wire.Rtsp;

namespace Sluice.Wire.Auth;

/// <summary>The value of an Authorization header with scheme Basic (RFC 7617): the password itself, so for TLS only.</summary>
public static class BasicCredentials
{
    private const int EncodedMax = 1024;

    /// <summary>False when it is another scheme, no base64, no UTF-8, or has no colon.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out string user, out string password)
    {
        (user, password) = ("", "");
        if (value.Length < 6 || !Ascii.EqualsIgnoreCase(value[..6], "Basic "u8))
            return false;
        var encoded = AsciiText.Trim(value[6..]);
        var bytes = new byte[EncodedMax];
        if (encoded.Length > EncodedMax || Base64.DecodeFromUtf8(encoded, bytes, out _, out var length) != System.Buffers.OperationStatus.Done
            || !System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, length)))
            return false;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return false;
        (user, password) = (text[..colon], text[(colon + 1)..]);
        return true;
    }

    /// <summary>The header's value for a user and a password.</summary>
    public static string Write(string user, string password) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
}
