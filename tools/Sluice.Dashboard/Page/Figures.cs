using System.Globalization;
using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Page;

/// <summary>Numbers as people read them: three to four digits that count, thousands apart.</summary>
internal static class Figures
{
    public static string Text(double value)
    {
        var format = Math.Abs(value) switch
        {
            0 => "0",
            < 0.001 => "0.##E+0",
            < 10 => "0.###",
            < 100 => "0.##",
            < 10_000 => "#,0.#",
            _ => "#,0",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    public static string WithUnit(double value, string unit) => unit.Length == 0 || unit == "ratio" ? Text(value) : $"{Text(value)} {unit}";

    /// <summary>"+12 %", "−3 %".</summary>
    public static string Percent(double ratio) =>
        $"{(ratio >= 1 ? "+" : "−")}{Math.Abs(100 * (ratio - 1)).ToString(Math.Abs(ratio - 1) < 0.1 ? "0.#" : "0", CultureInfo.InvariantCulture)} %";

    public static string Bound(Measurement one, double? bound) => bound is { } value ? $"{(one.Better == Better.Lower ? "≤" : "≥")} {Text(value)}" : "";
}
