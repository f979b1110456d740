using System.Globalization;
using Sluice.Control.Configuration;

namespace Sluice.Control.Assets;

/// <summary>A moment as people name it: a date (RFC 3339), or <c>now</c>, <c>now-60s</c>, <c>now+10min</c>.</summary>
public static class AssetTime
{
    public const string Form = "a date such as 2026-11-26T14:00:00Z, or now, now-60s, now+10min";

    /// <param name="text">As it came.</param>
    /// <param name="nowNs">The wall clock, ns since 1970.</param>
    /// <param name="ns">The moment, on the same clock.</param>
    public static bool TryParse(string text, long nowNs, out long ns)
    {
        ArgumentNullException.ThrowIfNull(text);
        ns = nowNs;
        if (text == "now")
            return true;
        if (text.StartsWith("now", StringComparison.Ordinal))
        {
            if (text.Length < 5 || text[3] is not ('+' or '-') || !Quantities.TryParseDuration(text[4..], out var distanceNs))
                return false;
            ns += text[3] == '-' ? -distanceNs : distanceNs;
            return true;
        }
        if (!text.Contains('T', StringComparison.Ordinal)
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            return false;
        ns = (date - DateTimeOffset.UnixEpoch).Ticks * 100;
        return true;
    }
}
