using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Wire.Sdp;

/// <summary><c>c=IN IP4 239.1.1.1/16</c>: where the media goes (RFC 8866 §5.7).</summary>
/// <param name="Address">An address or a host name.</param>
/// <param name="IsIpv6">What the line says, which for a host name cannot be told from the address.</param>
/// <param name="Ttl">Hops of an IPv4 group; IPv6 has none here.</param>
/// <param name="GroupCount">Number of consecutive groups.</param>
public readonly record struct SdpConnection(string Address, bool IsIpv6 = false, byte? Ttl = null, int GroupCount = 1)
{
    private const int GroupCountMax = 256;

    /// <summary>The line for one address. <paramref name="ttl"/> is written for an IPv4 group only, and must then be written.</summary>
    public static SdpConnection To(IPAddress address, byte ttl)
    {
        var isIpv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        var isIpv4Group = !isIpv6 && address.GetAddressBytes()[0] is >= 224 and <= 239;
        return new SdpConnection(address.ToString(), isIpv6, isIpv4Group ? ttl : null);
    }

    public static bool TryParse(string text, out SdpConnection connection)
    {
        connection = default;
        var parts = text.Split(' ');
        if (parts.Length != 3 || parts[0] != "IN" || parts[1] is not ("IP4" or "IP6") || parts[2].Length == 0)
            return false;
        var address = parts[2].Split('/');
        var isIpv6 = parts[1] == "IP6";
        if (address.Length > (isIpv6 ? 2 : 3) || address[0].Length == 0)
            return false;
        byte? ttl = null;
        if (!isIpv6 && address.Length > 1)
        {
            if (!SdpText.TryParseNumber(address[1], byte.MaxValue, out var hops))
                return false;
            ttl = (byte)hops;
        }
        ulong count = 1;
        if (address.Length == (isIpv6 ? 2 : 3) && (!SdpText.TryParseNumber(address[^1], GroupCountMax, out count) || count == 0))
            return false;
        connection = new SdpConnection(address[0], isIpv6, ttl, (int)count);
        return true;
    }

    public override string ToString()
    {
        var text = $"IN {(IsIpv6 ? "IP6" : "IP4")} {Address}";
        if (Ttl is { } ttl && !IsIpv6)
            text += string.Create(CultureInfo.InvariantCulture, $"/{ttl}");
        if (GroupCount > 1 && (IsIpv6 || Ttl is not null))
            text += string.Create(CultureInfo.InvariantCulture, $"/{GroupCount}");
        return text;
    }
}
