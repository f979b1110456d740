namespace Sluice.Tests.EndToEnd;

/// <summary>
/// How late each packet came to each client, against the delay that the API tells and the earliest that any client got the same packet
/// by its own delay. What is common to all (the reorder window, trains, the sender's jitter) drops out; what is left is how well the
/// engine keeps each delay. Milliseconds.
/// </summary>
internal sealed class MassDelays
{
    private readonly double[] _low, _median, _high;

    public MassDelays(MassRun run)
    {
        var first = run.Ports.Max(p => p.FirstIndex);
        var earliestNs = Enumerable.Range(first, run.Sent - first).Select(i => run.Ports.Min(p => PlannedNs(run, p, i))).ToArray();
        var late = run.Ports.Select(p => earliestNs.Select((earliest, i) => PlannedNs(run, p, first + i) - earliest)
            .Where(ns => ns < long.MaxValue / 4).Select(ns => ns / 1e6).ToArray()).ToArray();
        DriftMax = late.Max(Drift);
        CommonDrift = Drift([.. earliestNs.Select((ns, i) => ns / 1e6 - (first + i) / run.PacketsPerSecond * 1000)]);
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

    public override string ToString() =>
        $"late by 10 % ≤ {_low.Max():0.00}, median {_median.Min():0.00}–{_median.Max():0.00}, 95 % ≤ {_high.Max():0.00} ms; moved ≤ {DriftMax:0.00} ms";

    private static long PlannedNs(MassRun run, Kit.Rtp.MassPort port, int index) =>
        port.ArrivalNs(index) is > 0 and var ns ? ns - (long)(run.ToldMs(port) * 1e6) : long.MaxValue / 2;

    // The best tenth of a quarter's packets: a busy machine makes packets late, and never early.
    private static double Drift(double[] late)
    {
        var quarter = late.Length / 4;
        return Math.Abs(late[^quarter..].Order().ElementAt(quarter / 10) - late[..quarter].Order().ElementAt(quarter / 10));
    }
}
