using System.Globalization;

namespace Sluice.Wire.Sdp;

/// <summary><c>o=</c>: who made the description, and which version of it this is (RFC 8866 §5.2).</summary>
public readonly record struct SdpOrigin(string UserName, ulong SessionId, ulong SessionVersion, string Address, bool IsIpv6 = false)
{
    /// <summary>Origin of a description that nobody compares with another.</summary>
    public static readonly SdpOrigin Anonymous = new("-", 0, 0, "0.0.0.0");

    public static bool TryParse(string text, out SdpOrigin origin)
    {
        origin = default;
        var parts = text.Split(' ');
        if (parts.Length != 6 || parts[0].Length == 0 || parts[3] != "IN" || parts[4] is not ("IP4" or "IP6") || parts[5].Length == 0)
            return false;
        if (!SdpText.TryParseNumber(parts[1], ulong.MaxValue, out var id) || !SdpText.TryParseNumber(parts[2], ulong.MaxValue, out var version))
            return false;
        origin = new SdpOrigin(parts[0], id, version, parts[5], parts[4] == "IP6");
        return true;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{UserName} {SessionId} {SessionVersion} IN {(IsIpv6 ? "IP6" : "IP4")} {Address}");
}
