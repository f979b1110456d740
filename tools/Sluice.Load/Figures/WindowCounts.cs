namespace Sluice.Load.Figures;

/// <summary>Events per window of 0.1 ms since an origin. Written by one thread; others may look at <see cref="Recent"/>.</summary>
public sealed class WindowCounts
{
    public const long WidthNs = 100_000;
    private const int WindowsMax = 72_000_000;   // two hours, 288 MB: a longer run keeps its other figures
    private uint[] _counts = new uint[1024];
    private int _used;

    /// <summary>The instant at which window 0 begins; the first event sets it unless it was set before.</summary>
    public long? OriginNs { get; set; }

    /// <summary>Windows up to the last that holds an event.</summary>
    public ReadOnlySpan<uint> Counts => _counts.AsSpan(0, _used);

    /// <summary>Number of the window of an instant; negative before the origin.</summary>
    public long WindowOf(long atNs) => Math.DivRem(atNs - (OriginNs ??= atNs), WidthNs) is var (window, rest) && rest < 0 ? window - 1 : window;

    public void Add(long window)
    {
        if (window is < 0 or >= WindowsMax) return;
        if (window >= _counts.Length) Array.Resize(ref _counts, (int)Math.Min(Math.Max(window + 1, _counts.Length * 2L), WindowsMax));
        _counts[window]++;
        if (window >= _used) _used = (int)window + 1;
    }

    /// <summary>Adds another's events; both must have the same origin.</summary>
    public void Merge(WindowCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (_counts.Length < other._used) Array.Resize(ref _counts, other._used);
        for (var i = 0; i < other._used; i++) _counts[i] += other._counts[i];
        _used = Math.Max(_used, other._used);
        OriginNs ??= other.OriginNs;
    }

    /// <summary>
    /// Counts in windows <paramref name="factor"/> times as wide, from the first event on; a last one that is not whole is left out unless
    /// it is the only one.
    /// </summary>
    public uint[] Widen(int factor)
    {
        var counts = Counts;
        var first = counts.IndexOfAnyExcept(0u);
        if (first < 0) return [];
        counts = counts[first..];
        var wide = new uint[Math.Max(counts.Length / factor, 1)];
        for (var i = 0; i < counts.Length && i / factor < wide.Length; i++) wide[i / factor] += counts[i];
        return wide;
    }

    /// <summary>Sums of the last <paramref name="bars"/> stretches of <paramref name="windowsEach"/> windows, oldest first; for a progress line.</summary>
    public long[] Recent(int bars, int windowsEach)
    {
        var (counts, used) = (_counts, Math.Min(_used, _counts.Length));
        var sums = new long[bars];
        var end = used / windowsEach * windowsEach;
        for (var i = Math.Max(0, end - bars * windowsEach); i < end; i++)
            sums[bars - 1 - (end - 1 - i) / windowsEach] += counts[i];
        return sums;
    }
}
