namespace Sluice.Load.Figures;

/// <summary>
/// How far the fullest windows of one width stand above the mean window: 1 is perfectly flat. Percentiles are of all windows between
/// the first packet and the last, empty ones included.
/// </summary>
/// <param name="MeanPackets">Packets in the mean window.</param>
public sealed record PeakToMean(double P50, double P99, double Max, double MeanPackets)
{
    public static PeakToMean Of(WindowCounts counts, int windowsEach)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var wide = counts.Widen(windowsEach);
        if (wide.Length == 0) return new PeakToMean(0, 0, 0, 0);
        var mean = wide.Sum(count => (long)count) / (double)wide.Length;
        if (mean == 0) return new PeakToMean(0, 0, 0, 0);
        Array.Sort(wide);
        return new PeakToMean(At(wide, 0.50) / mean, At(wide, 0.99) / mean, wide[^1] / mean, mean);
    }

    private static double At(uint[] sorted, double quantile) =>
        sorted[Math.Clamp((int)Math.Ceiling(quantile * sorted.Length) - 1, 0, sorted.Length - 1)];
}
