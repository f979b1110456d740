namespace Sluice.Sim;

/// <summary>Datagrams per slot of virtual time, kept for the whole run.</summary>
public sealed class RateMeter(long startNs, long slotNs, int slots)
{
    private readonly int[] _counts = new int[slots];

    public void Add(long nowNs)
    {
        if (nowNs < startNs || nowNs - startNs >= slotNs * _counts.Length)
            return;
        _counts[(nowNs - startNs) / slotNs]++;
    }

    public long Sum(int from, int count) => SumOf(_counts.AsSpan(from, count));

    /// <summary>The most that any <paramref name="width"/> consecutive slots hold.</summary>
    public long Peak(int from, int count, int width)
    {
        var peak = 0L;
        for (var i = from; i + width <= from + count; i++)
            peak = Math.Max(peak, Sum(i, width));
        return peak;
    }

    private static long SumOf(ReadOnlySpan<int> counts)
    {
        var sum = 0L;
        foreach (var count in counts)
            sum += count;
        return sum;
    }
}
