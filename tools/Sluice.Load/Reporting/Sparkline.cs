namespace Sluice.Load.Reporting;

/// <summary>Counts as a row of bars.</summary>
public static class Sparkline
{
    private const string Bars = "▁▂▃▄▅▆▇█";

    /// <summary>The largest count is the tallest bar; 0 is a space.</summary>
    public static string Of(ReadOnlySpan<long> counts)
    {
        long top = 1;
        foreach (var count in counts) top = Math.Max(top, count);
        Span<char> line = counts.Length <= 256 ? stackalloc char[counts.Length] : new char[counts.Length];
        for (var i = 0; i < counts.Length; i++)
            line[i] = counts[i] <= 0 ? ' ' : Bars[(int)((counts[i] * Bars.Length - 1) / top)];
        return new string(line);
    }
}
