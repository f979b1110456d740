using System.Globalization;

namespace Sluice.Scenarios.Runner;

/// <summary>The table on the terminal: one line a row as it is found.</summary>
internal static class Table
{
    public static void Head(string scenario, string summary)
    {
        Console.WriteLine();
        Console.WriteLine($"{scenario}: {summary}");
        Console.WriteLine($"  {"",-64} {"median",10} {"min",10} {"max",10} {"unit",-9} {"loss",6} {"target",8} {"",6}");
    }

    public static void Print(Row row)
    {
        var verdict = row.Target is null ? "" : Goal.IsMissed(row) ? "MISSED" : "met";
        var target = row.Target is { } value ? (row.Better == "lower" ? "≤ " : "≥ ") + Number(value) : "";
        Console.WriteLine(
            $"  {row.Name,-64} {Number(row.Value),10} {Number(row.Min),10} {Number(row.Max),10} {row.Unit,-9} {row.Loss,6} {target,8} {verdict,-6}");
        if (row.Notes.Length > 0)
            Console.WriteLine($"      {row.Notes}");
    }

    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 1_000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("F0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
        _ => value.ToString("F3", CultureInfo.InvariantCulture),
    };
}
