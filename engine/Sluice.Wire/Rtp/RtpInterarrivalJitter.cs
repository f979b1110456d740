namespace Sluice.Wire.Rtp;

/// <summary>
/// Interarrival jitter of one source (RFC 3550 §6.4.1, A.8): the mean deviation of transit time, smoothed by 1/16.
/// Arrival and timestamp are both in units of the payload type's clock rate, modulo 2³².
/// </summary>
public struct RtpInterarrivalJitter
{
    private bool _started;
    private uint _lastTransit;
    private long _sixteenths;     // the estimate times 16, as in A.8, so that rounding does not eat small deviations

    /// <summary>Clock-rate ticks, as a receiver report carries them.</summary>
    public readonly uint Ticks => (uint)(_sixteenths >> 4);

    /// <summary>Takes every packet but duplicates, also late ones; the order of arrival is what counts.</summary>
    public void Receive(uint arrivalTicks, uint timestamp)
    {
        uint transit = arrivalTicks - timestamp;
        if (_started)
        {
            long deviation = Math.Abs((long)(int)(transit - _lastTransit));
            _sixteenths += deviation - ((_sixteenths + 8) >> 4);
        }
        _started = true;
        _lastTransit = transit;
    }

    /// <summary>After a restart of the source or its clock: the next packet is compared with nothing, the estimate stays.</summary>
    public void Rebase() => _started = false;
}
