namespace Sluice.Control.Status;

/// <summary>
/// The point of the whole engine as a picture: the departures of the last stretch, and what they would have been
/// had every client been served at the delivery time itself, as a plain reflector does.
/// </summary>
/// <param name="WindowMs">Length of both traces; the newest millisecond is the last.</param>
/// <param name="Spread">What left, counted as it left.</param>
/// <param name="Unspread">The same packets without any client's delay.</param>
public sealed record BurstPicture(int WindowMs, BurstTrace Spread, BurstTrace Unspread)
{
    public static BurstPicture From(ReadOnlySpan<int> spread, ReadOnlySpan<int> unspread) =>
        new(spread.Length, BurstTrace.From(spread), BurstTrace.From(unspread));
}

/// <summary>Packets per millisecond, and how far the peaks stand above the mean.</summary>
/// <param name="PacketsPerMs">One count for each millisecond, oldest first.</param>
/// <param name="MeanPerMs">Mean of the counts.</param>
/// <param name="Peak1Ms">Most packets in any one millisecond.</param>
/// <param name="Peak10Ms">Most packets in any ten milliseconds on end, wherever they begin.</param>
/// <param name="P99Of1Ms">99 of 100 milliseconds have at most so many: one stall of a busy machine does not show in it.</param>
public sealed record BurstTrace(int[] PacketsPerMs, double MeanPerMs, int Peak1Ms, int Peak10Ms, int P99Of1Ms)
{
    /// <summary>Peak over mean in windows of 1 ms; 1 = perfectly flat, 0 = nothing was sent.</summary>
    public double PeakToMean1Ms => MeanPerMs > 0 ? Peak1Ms / MeanPerMs : 0;

    /// <summary>99th percentile over mean in windows of 1 ms.</summary>
    public double P99ToMean1Ms => MeanPerMs > 0 ? P99Of1Ms / MeanPerMs : 0;

    /// <summary>Peak over mean in windows of 10 ms.</summary>
    public double PeakToMean10Ms => MeanPerMs > 0 ? Peak10Ms / (10 * MeanPerMs) : 0;

    public static BurstTrace From(ReadOnlySpan<int> packetsPerMs)
    {
        long total = 0, window = 0, peak10 = 0;
        var peak1 = 0;
        for (var i = 0; i < packetsPerMs.Length; i++)
        {
            total += packetsPerMs[i];
            window += packetsPerMs[i] - (i >= 10 ? packetsPerMs[i - 10] : 0);
            peak1 = Math.Max(peak1, packetsPerMs[i]);
            peak10 = Math.Max(peak10, window);
        }
        var mean = packetsPerMs.Length == 0 ? 0 : (double)total / packetsPerMs.Length;
        return new(packetsPerMs.ToArray(), mean, peak1, (int)Math.Min(peak10, int.MaxValue), P99(packetsPerMs));
    }

    private static int P99(ReadOnlySpan<int> packetsPerMs)
    {
        if (packetsPerMs.IsEmpty)
            return 0;
        var ordered = packetsPerMs.ToArray();
        Array.Sort(ordered);
        return ordered[(ordered.Length - 1) * 99 / 100];
    }
}
