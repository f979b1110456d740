using System.Net;

namespace Sluice.Load.Commands;

/// <summary>An address and a port as they stand on the command line: <c>127.0.0.1:5004</c>, <c>[::1]:5004</c>, <c>udp://@239.1.1.1:5004</c>.</summary>
internal static class UdpTarget
{
    /// <summary>Without an address (<c>udp://@:5004</c>, <c>:5004</c>, <c>5004</c>) it is null: any.</summary>
    public static bool TryParse(string text, out (IPAddress? Address, int Port) target)
    {
        target = default;
        foreach (var scheme in (ReadOnlySpan<string>)["udp://", "rtp://"])
            if (text.StartsWith(scheme, StringComparison.Ordinal)) text = text[scheme.Length..];
        text = text.TrimStart('@');
        var colon = text.LastIndexOf(':');
        if (!ushort.TryParse(text.AsSpan(colon + 1), out var port) || port == 0) return false;
        var host = colon < 0 ? "" : text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        IPAddress? address = null;
        if (host is not ("" or "*") && !IPAddress.TryParse(host, out address)) return false;
        target = (address, port);
        return true;
    }
}
