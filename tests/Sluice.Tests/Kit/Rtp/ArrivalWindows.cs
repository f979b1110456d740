namespace Sluice.Tests.Kit.Rtp;

/// <summary>How far the busiest stretch of an aggregate stands above its mean; 1 = perfectly flat.</summary>
/// <param name="Peak">The maximum: on a shared machine it also shows the stalls of the machine.</param>
/// <param name="P99">Of a hundred windows the busiest but one.</param>
internal readonly record struct PeakToMean(double Peak, double P99)
{
    public override string ToString() => $"{Peak:0.00} (p99 {P99:0.00})";
}

/// <summary>The packets of all ports together, a millisecond a count, while every port was being served.</summary>
internal sealed class ArrivalWindows
{
    private const long NsPerMs = 1_000_000;
    private readonly int[] _countPerMs;
    private readonly double _mean;

    /// <summary>From the last client's first packet to the first client's last one.</summary>
    /// <param name="ports">Everybody.</param>
    /// <param name="timeNs">When a port's packet with an index is counted, if not when it came; not positive when not at all.</param>
    public ArrivalWindows(IReadOnlyCollection<MassPort> ports, Func<MassPort, int, long>? timeNs = null)
    {
        timeNs ??= (port, index) => port.ArrivalNs(index);
        var fromMs = ports.Max(p => timeNs(p, p.FirstIndex)) / NsPerMs + 1;
        var toMs = ports.Min(p => timeNs(p, p.HighestIndex)) / NsPerMs;
        _countPerMs = new int[Math.Max(toMs - fromMs, 1)];
        foreach (var port in ports) Count(port, fromMs, timeNs);
        _mean = _countPerMs.Average();
    }

    public double Seconds => _countPerMs.Length / 1000.0;
    public double PacketsPerSecond => _mean * 1000;

    /// <summary>Windows of so many ms that begin at every ms.</summary>
    public PeakToMean Of(int windowMs)
    {
        var sums = new int[_countPerMs.Length - windowMs + 1];
        sums[0] = _countPerMs.Take(windowMs).Sum();
        for (var i = 1; i < sums.Length; i++) sums[i] = sums[i - 1] - _countPerMs[i - 1] + _countPerMs[i - 1 + windowMs];
        Array.Sort(sums);
        var mean = _mean * windowMs;
        return new PeakToMean(sums[^1] / mean, sums[(int)(sums.Length * 0.99)] / mean);
    }

    /// <summary>Milliseconds in which less than a tenth of the mean came, of all: what bursts leave between them.</summary>
    public double EmptyShare => _countPerMs.Count(n => n < _mean / 10) / (double)_countPerMs.Length;

    private void Count(MassPort port, long fromMs, Func<MassPort, int, long> timeNs)
    {
        for (var index = port.FirstIndex; index <= port.HighestIndex; index++)
        {
            var cell = timeNs(port, index) / NsPerMs - fromMs;
            if (cell >= 0 && cell < _countPerMs.Length) _countPerMs[cell]++;
        }
    }
}
