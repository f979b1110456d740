using System.Globalization;

namespace Sluice.Control.Configuration;

/// <summary>Durations and sizes as people write them: a decimal number and a unit without a space.</summary>
public static class Quantities
{
    public const string DurationForm = "a duration such as \"500ms\", \"1.5s\", \"250us\" or \"0\"";
    public const string SizeForm = "a size such as \"20GiB\", \"64MiB\" or \"500MB\"";

    public const string RateForm = "a rate such as \"8Mbit/s\", \"640kbit/s\" or \"8000000bit/s\"";

    // Longest first where one ends with another ("ms" ends with "s").
    private static readonly (string Unit, decimal Factor)[] s_durations =
        [("min", 60_000_000_000m), ("ns", 1m), ("us", 1_000m), ("ms", 1_000_000m), ("s", 1_000_000_000m), ("h", 3_600_000_000_000m)];

    private static readonly (string Unit, decimal Factor)[] s_sizes =
        [("KiB", 1m * (1L << 10)), ("MiB", 1m * (1L << 20)), ("GiB", 1m * (1L << 30)), ("TiB", 1m * (1L << 40)),
         ("KB", 1e3m), ("kB", 1e3m), ("MB", 1e6m), ("GB", 1e9m), ("TB", 1e12m), ("B", 1m)];

    private static readonly (string Unit, decimal Factor)[] s_rates = [("Mbit/s", 1e6m), ("kbit/s", 1e3m), ("bit/s", 1m)];

    /// <summary>"8Mbit/s" (powers of 1000) to bits per second.</summary>
    public static bool TryParseRate(string text, out long bitsPerSecond) => TryParse(text, s_rates, out bitsPerSecond);

    /// <summary>Bits per second to the shortest exact text in one unit: what <see cref="TryParseRate"/> reads back.</summary>
    public static string FormatRate(long bitsPerSecond) => bitsPerSecond switch
    {
        0 => "0",
        _ when bitsPerSecond % 1_000_000 == 0 => Invariant($"{bitsPerSecond / 1_000_000}Mbit/s"),
        _ when bitsPerSecond % 1_000 == 0 => Invariant($"{bitsPerSecond / 1_000}kbit/s"),
        _ => Invariant($"{bitsPerSecond}bit/s"),
    };

    /// <summary>"1.5s" to nanoseconds; never negative. "0" needs no unit, everything else does.</summary>
    public static bool TryParseDuration(string text, out long ns) => TryParse(text, s_durations, out ns);

    /// <summary>"64MiB" (powers of 1024) or "500MB" (powers of 1000) to bytes. "0" needs no unit.</summary>
    public static bool TryParseSize(string text, out long bytes) => TryParse(text, s_sizes, out bytes);

    /// <summary>Nanoseconds to the shortest exact text in one unit: what <see cref="TryParseDuration"/> reads back.</summary>
    public static string FormatDuration(long ns) => ns switch
    {
        0 => "0",
        _ when ns % 1_000_000_000 == 0 => Invariant($"{ns / 1_000_000_000}s"),
        _ when ns % 1_000_000 == 0 => Invariant($"{ns / 1_000_000}ms"),
        _ when ns % 1_000 == 0 => Invariant($"{ns / 1_000}us"),
        _ => Invariant($"{ns}ns"),
    };

    /// <summary>Bytes to the shortest exact text in a power of 1024: what <see cref="TryParseSize"/> reads back.</summary>
    public static string FormatSize(long bytes) => bytes switch
    {
        0 => "0",
        _ when bytes % (1L << 30) == 0 => Invariant($"{bytes >> 30}GiB"),
        _ when bytes % (1L << 20) == 0 => Invariant($"{bytes >> 20}MiB"),
        _ when bytes % (1L << 10) == 0 => Invariant($"{bytes >> 10}KiB"),
        _ => Invariant($"{bytes}B"),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static bool TryParse(string text, (string Unit, decimal Factor)[] units, out long value)
    {
        value = 0;
        if (text == "0")
            return true;
        foreach (var (unit, factor) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal))
                return TryScale(text.AsSpan(0, text.Length - unit.Length), factor, out value);
        }
        return false;
    }

    private static bool TryScale(ReadOnlySpan<char> number, decimal factor, out long value)
    {
        value = 0;
        // 20 digits hold every duration and size there is, and keep the product far from decimal's own limit.
        if (number.Length is 0 or > 20 || !char.IsAsciiDigit(number[0])
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var parsed)
            || parsed > long.MaxValue / factor)
            return false;
        value = (long)Math.Round(parsed * factor);
        return true;
    }
}
