namespace Sluice.Load.Figures;

/// <summary>Whether a delay grows or shrinks: the slope of the line of least squares through (time, delay), fed one point at a time.</summary>
public struct Drift
{
    private long _firstNs;
    private double _count, _meanT, _meanD, _tt, _td;

    public void Add(long atNs, long delayNs)
    {
        if (_count == 0) _firstNs = atNs;
        // Welford's update: the plain sums of squares lose all their digits after an hour.
        var (t, d) = ((atNs - _firstNs) / 1e9, (double)delayNs);
        _count++;
        var offT = t - _meanT;
        _meanT += offT / _count;
        _meanD += (d - _meanD) / _count;
        _tt += offT * (t - _meanT);
        _td += offT * (d - _meanD);
    }

    /// <summary>Nanoseconds of delay gained per second; 0 for a constant delay.</summary>
    public readonly double NsPerSecond => _tt > 0 ? _td / _tt : 0;
}
