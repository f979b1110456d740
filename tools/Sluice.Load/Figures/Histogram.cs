using System.Numerics;

namespace Sluice.Load.Figures;

/// <summary>
/// Counts of values in buckets whose width grows with the value, as in Gil Tene's HdrHistogram: every power of two is cut into
/// 2^precision equal parts, so any value that is read back is wrong by at most 1 / 2^(precision + 1) of itself. Memory follows the
/// largest value seen. Histograms of one precision add up exactly. One thread.
/// </summary>
public sealed class Histogram
{
    private readonly int _precisionBits;
    private uint[] _counts = [];

    /// <param name="precisionBits">1 to 12. 7: 0.4 %. 5: 1.6 %.</param>
    public Histogram(int precisionBits = 7)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(precisionBits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precisionBits, 12);
        _precisionBits = precisionBits;
    }

    public long Count { get; private set; }

    /// <summary>Exact; 0 when nothing was recorded.</summary>
    public long Max { get; private set; }

    /// <summary>Exact; 0 when nothing was recorded.</summary>
    public long Min { get; private set; }

    /// <summary>The largest part of itself by which a value that is read back may be wrong.</summary>
    public double RelativeError => 1.0 / (1 << (_precisionBits + 1));

    /// <summary>Records a value; a negative one counts as 0.</summary>
    public void Record(long value, uint count = 1)
    {
        value = Math.Max(value, 0);
        Bucket(IndexOf(value)) += count;
        Max = Math.Max(Max, value);
        Min = Count == 0 ? value : Math.Min(Min, value);
        Count += count;
    }

    /// <summary>Adds the other's counts, as if its values had been recorded here.</summary>
    public void Merge(Histogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._precisionBits != _precisionBits) throw new ArgumentException("Histograms of different precision do not add up.", nameof(other));
        if (other.Count == 0) return;
        for (var i = other._counts.Length - 1; i >= 0; i--)
            if (other._counts[i] > 0) Bucket(i) += other._counts[i];
        Max = Math.Max(Max, other.Max);
        Min = Count == 0 ? other.Min : Math.Min(Min, other.Min);
        Count += other.Count;
    }

    /// <summary>
    /// The value that a part of <paramref name="quantile"/> (0 to 1) of all values does not exceed (nearest rank), within
    /// <see cref="RelativeError"/>. 0 when nothing was recorded.
    /// </summary>
    public long ValueAt(double quantile)
    {
        var rank = Math.Clamp((long)Math.Ceiling(quantile * Count), 1, Math.Max(Count, 1));
        long passed = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            passed += _counts[i];
            if (passed >= rank) return Math.Clamp(MiddleOf(i), Min, Max);
        }
        return 0;
    }

    private ref uint Bucket(int index)
    {
        if (index >= _counts.Length) Array.Resize(ref _counts, Math.Max(index + 1, _counts.Length + _counts.Length / 4));
        return ref _counts[index];
    }

    // Values below 2^(precision + 1) have a bucket each; above, shift drops the bits that the precision does not hold.
    private int IndexOf(long value)
    {
        var shift = Math.Max(BitOperations.Log2((ulong)value | 1) - _precisionBits, 0);
        return (shift << _precisionBits) + (int)(value >> shift);
    }

    private long MiddleOf(int index)
    {
        var shift = Math.Max((index >> _precisionBits) - 1, 0);
        var low = (long)(index - (shift << _precisionBits)) << shift;
        return low + ((1L << shift) >> 1);
    }
}
