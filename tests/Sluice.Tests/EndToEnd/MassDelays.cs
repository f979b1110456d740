using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// How late each packet came to each client, against the delay that the API tells and the earliest that any client got the same packet
/// by its own delay. What is common to all (the reorder window, trains, the sender's jitter) drops out; what is left is how well the
/// engine keeps each delay. Milliseconds.
/// </summary>
internal sealed class MassDelays
{
    private readonly MassRun _run;
    private readonly int _first;
    private readonly long[] _earliestNs;
    private readonly double[] _low, _median, _high;

    public MassDelays(MassRun run)
    {
        (_run, _first) = (run, run.Ports.Max(p => p.FirstIndex));
        _earliestNs = [.. Enumerable.Range(_first, run.Sent - _first).Select(i => run.Ports.Min(p => UndelayedNs(p, i)))];
        var late = run.Ports.Select(LateMs).ToArray();
        DriftMax = late.Max(Drift);
        CommonDrift = Drift([.. _earliestNs.Select((ns, i) => ns / 1e6 - (_first + i) / run.PacketsPerSecond * 1000)]);
        foreach (var client in late) Array.Sort(client);
        (_low, _median, _high) = (Of(0.1), Of(0.5), Of(0.95));

        double[] Of(double share) => [.. late.Select(sorted => sorted[(int)(sorted.Length * share)])];
    }

    /// <summary>Of the client that was kept worst: how far its delay is from what the API tells, when the machine was not in the way.</summary>
    public double OffMax => _low.Max();

    /// <summary>Of the client that moved most from its first quarter of packets to the last.</summary>
    public double DriftMax { get; }

    /// <summary>The same of what all clients share: the feed's clock.</summary>
    public double CommonDrift { get; }

    /// <summary>When a packet was to come to a client, had the machine been idle and the network endless; 0 for the stream's very first.</summary>
    public long PlannedNs(MassPort port, int index) => index < _first ? 0 : _earliestNs[index - _first] + DelayNs(port);

    public override string ToString() =>
        $"late by 10 % ≤ {_low.Max():0.00}, median {_median.Min():0.00}–{_median.Max():0.00}, 95 % ≤ {_high.Max():0.00} ms; moved ≤ {DriftMax:0.00} ms";

    private long DelayNs(MassPort port) => (long)(_run.ToldMs(port) * 1e6);

    private long UndelayedNs(MassPort port, int index) =>
        port.ArrivalNs(index) is > 0 and var ns ? ns - DelayNs(port) : long.MaxValue;

    private double[] LateMs(MassPort port)
    {
        var delayNs = DelayNs(port);
        return [.. Enumerable.Range(_first, _earliestNs.Length).Where(i => port.ArrivalNs(i) > 0)
            .Select(i => (port.ArrivalNs(i) - delayNs - _earliestNs[i - _first]) / 1e6)];
    }

    // The best tenth of a quarter's packets: a busy machine makes packets late, and never early.
    private static double Drift(double[] late)
    {
        var quarter = late.Length / 4;
        return Math.Abs(late[^quarter..].Order().ElementAt(quarter / 10) - late[..quarter].Order().ElementAt(quarter / 10));
    }
}
