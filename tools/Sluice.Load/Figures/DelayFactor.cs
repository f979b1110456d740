namespace Sluice.Load.Figures;

/// <summary>
/// The delay factor of the Media Delivery Index (RFC 4445 §3.1): how much time the virtual buffer of a decoder that drains at the
/// media rate had to bridge, per second of stream. Equal spacing gives the time of one packet.
/// </summary>
/// <param name="mediaBytesPerSecond">The nominal rate; 0 takes the rate measured since the first packet, which is exact for a constant
/// rate and too high by one burst's share at the start of a bursty one.</param>
public sealed class DelayFactor(double mediaBytesPerSecond = 0)
{
    private const long IntervalNs = 1_000_000_000;
    private readonly List<(long AtNs, int Bytes)> _interval = [];
    private long _firstNs, _intervalEndNs, _bytesAfterFirst;
    private bool _started;
    private double _sumNs;

    public int Intervals { get; private set; }

    /// <summary>Of the worst interval.</summary>
    public double MaxNs { get; private set; }

    public double MeanNs => Intervals == 0 ? 0 : _sumNs / Intervals;

    public void Receive(long arrivalNs, int bytes)
    {
        if (!_started) (_started, _firstNs, _intervalEndNs) = (true, arrivalNs, arrivalNs + IntervalNs);
        else
        {
            if (arrivalNs >= _intervalEndNs) CloseInterval(arrivalNs);
            _bytesAfterFirst += bytes;
        }
        _interval.Add((arrivalNs, bytes));
    }

    /// <summary>Counts what is left of an interval when there was no whole one.</summary>
    public void Finish()
    {
        if (Intervals == 0 && _interval.Count > 1) Evaluate();
        _interval.Clear();
    }

    private void CloseInterval(long nowNs)
    {
        Evaluate();
        _interval.Clear();
        _intervalEndNs += (nowNs - _intervalEndNs) / IntervalNs * IntervalNs + IntervalNs;
    }

    // RFC 4445 §3.1: X = |bytes received - bytes drained|, just before and just after each arrival; DF = (max X - min X) / media rate.
    private void Evaluate()
    {
        var elapsedNs = _interval[^1].AtNs - _firstNs;
        var rate = mediaBytesPerSecond > 0 ? mediaBytesPerSecond : elapsedNs > 0 ? _bytesAfterFirst * 1e9 / elapsedNs : 0;
        if (rate <= 0) return;
        double high = 0, low = 0, received = 0;
        foreach (var (atNs, bytes) in _interval)
        {
            var drained = (atNs - _interval[0].AtNs) * rate / 1e9;
            low = Math.Min(low, received - drained);
            received += bytes;
            high = Math.Max(high, received - drained);
        }
        var factorNs = (high - low) * 1e9 / rate;
        MaxNs = Math.Max(MaxNs, factorNs);
        _sumNs += factorNs;
        Intervals++;
    }
}
