using System.Globalization;

namespace Sluice.Load.Commands;

/// <summary>Quantities as people write them: <c>10s</c>, <c>5M</c>, <c>1%</c>. False for anything else; nothing throws.</summary>
internal static class Quantity
{
    private static readonly (string Unit, double Factor)[] Times = [("ms", 1e6), ("us", 1e3), ("ns", 1), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];
    private static readonly (string Unit, double Factor)[] Rates =
        [("kbit/s", 1e3), ("Mbit/s", 1e6), ("Gbit/s", 1e9), ("kbit", 1e3), ("Mbit", 1e6), ("Gbit", 1e9), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("", 1)];
    private static readonly (string Unit, double Factor)[] Parts = [("%", 0.01), ("", 1)];

    /// <summary>Nanoseconds; a number without a unit is seconds.</summary>
    public static bool TryTime(string text, out long ns)
    {
        var valid = TryRead(text, [.. Times, ("", 1e9)], out var value) && value <= 1e18;
        ns = valid ? (long)value : 0;
        return valid;
    }

    /// <summary>Bits per second; 0 for <c>max</c>.</summary>
    public static bool TryRate(string text, out double bitsPerSecond)
    {
        bitsPerSecond = 0;
        return text == "max" || (TryRead(text, Rates, out bitsPerSecond) && bitsPerSecond > 0);
    }

    /// <summary>0 to 1, as a percentage or a fraction.</summary>
    public static bool TryPart(string text, out double part) => TryRead(text, Parts, out part) && part <= 1;

    private static bool TryRead(string text, ReadOnlySpan<(string Unit, double Factor)> units, out double value)
    {
        foreach (var (unit, factor) in units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            if (!double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)) continue;
            value *= factor;
            return double.IsFinite(value) && value >= 0;
        }
        value = 0;
        return false;
    }
}
