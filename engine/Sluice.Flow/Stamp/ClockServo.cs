namespace Sluice.Flow;

/// <summary>
/// Follows the offset between two clocks that both count nanoseconds, one read with jitter: a proportional servo whose
/// output moves by at most 500 ppm of the time elapsed, so that a drift of ±100 ppm is followed without a jump and a
/// single late sample moves nothing. A lasting jump (three samples in a row beyond the bound) is taken at once.
/// </summary>
internal struct ClockServo
{
    private const double Gain = 1.0 / 64;
    private const double SlewMax = 500e-6;
    private const int JumpSamples = 3;

    private readonly long _jumpNs;
    private long _offsetNs;
    private long _lastMediaNs;
    private int _beyond;
    private bool _locked;

    /// <param name="jumpNs">An error beyond this for three samples is a jump of the clock, not jitter.</param>
    public ClockServo(long jumpNs) => _jumpNs = jumpNs;

    public readonly bool IsLocked => _locked;

    /// <summary>Add this to a media time to get the local time.</summary>
    public readonly long OffsetNs => _offsetNs;

    /// <summary>Forgets everything: the next sample is believed whole.</summary>
    public void Reset() => (_locked, _beyond) = (false, 0);

    /// <summary>One pair of readings. True when the offset jumped instead of following.</summary>
    public bool Observe(long mediaNs, long localNs)
    {
        var error = localNs - mediaNs - _offsetNs;
        if (!_locked || (Math.Abs(error) > _jumpNs && ++_beyond >= JumpSamples))
        {
            var jumped = _locked;
            (_offsetNs, _lastMediaNs, _locked, _beyond) = (localNs - mediaNs, mediaNs, true, 0);
            return jumped;
        }
        if (Math.Abs(error) > _jumpNs)
            return false;
        _beyond = 0;
        var limit = Math.Abs(mediaNs - _lastMediaNs) * SlewMax;
        _offsetNs += (long)Math.Clamp(error * Gain, -limit, limit);
        _lastMediaNs = mediaNs;
        return false;
    }
}
