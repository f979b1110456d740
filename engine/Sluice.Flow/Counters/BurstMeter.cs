namespace Sluice.Flow;

/// <summary>
/// Packets per millisecond over the last four seconds: the live picture of how flat the output is. One writer thread;
/// readers copy and skip the newest milliseconds, which may still be growing.
/// </summary>
public sealed class BurstMeter
{
    public const int WindowMs = 4096;
    private const long NsPerMs = 1_000_000;

    private readonly int[] _counts = new int[WindowMs];
    private readonly long[] _stamps = new long[WindowMs];

    /// <summary>Writer: so many packets left (or would have left) at this instant. May be called out of order within the window.</summary>
    public void Add(long atNs, int packets)
    {
        var ms = atNs / NsPerMs;
        var cell = (int)ms & (WindowMs - 1);
        if (_stamps[cell] != ms)
        {
            Volatile.Write(ref _counts[cell], 0);
            Volatile.Write(ref _stamps[cell], ms);
        }
        _counts[cell] += packets;
    }

    /// <summary>Adds the counts of the milliseconds from <paramref name="fromMs"/> on to <paramref name="target"/>, one element a ms.</summary>
    public void AddTo(long fromMs, Span<int> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            var cell = (int)(fromMs + i) & (WindowMs - 1);
            if (Volatile.Read(ref _stamps[cell]) == fromMs + i)
                target[i] += Volatile.Read(ref _counts[cell]);
        }
    }
}
