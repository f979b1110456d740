namespace Sluice.Flow;

/// <summary>
/// How far the wall clock is from the monotonic clock, for sender reports and store labels. The control plane measures;
/// the loops read. A step of the wall clock is taken at once, small differences are followed slowly, so that sender
/// reports do not jitter with every measurement.
/// </summary>
public sealed class EngineClock(long wallMinusMonotonicNs)
{
    private const long StepNs = 250_000_000;
    private const long SlewNs = 100_000;

    private long _wallMinusMonotonicNs = wallMinusMonotonicNs;

    public long WallMinusMonotonicNs => Volatile.Read(ref _wallMinusMonotonicNs);

    /// <summary>One fresh measurement; about once a second. True when the wall clock had stepped.</summary>
    public bool Follow(long measuredNs)
    {
        var error = measuredNs - WallMinusMonotonicNs;
        var stepped = Math.Abs(error) > StepNs;
        Volatile.Write(ref _wallMinusMonotonicNs, WallMinusMonotonicNs + (stepped ? error : Math.Clamp(error, -SlewNs, SlewNs)));
        return stepped;
    }
}
