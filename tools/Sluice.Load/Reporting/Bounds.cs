using System.Globalization;

namespace Sluice.Load.Reporting;

/// <summary>What a run must hold to end with 0: for CI. Null bounds nothing.</summary>
/// <param name="LossMax">Lost of all that were sent, 0 to 1.</param>
/// <param name="PeakMax">p99 of the 1 ms windows over their mean.</param>
/// <param name="P999MaxNs">99.9th percentile of latency.</param>
public sealed record Bounds(double? LossMax = null, double? PeakMax = null, long? P999MaxNs = null)
{
    /// <summary>Every broken bound in words. A run without packets breaks each bound that was stated: it proves nothing.</summary>
    public IReadOnlyList<string> BrokenBy(LoadReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var totals = report.Totals;
        if (totals.Packets == 0) return LossMax is null && PeakMax is null && P999MaxNs is null ? [] : ["nothing was received"];
        var broken = new List<string>();
        var loss = totals.Lost / (double)(totals.Lost + totals.Packets - totals.Duplicates);
        if (loss > LossMax) broken.Add(Text($"loss {loss:0.######%} is above {LossMax:0.######%}"));
        if (LossMax is not null && totals.SilentClients > 0) broken.Add(Text($"{totals.SilentClients} clients got nothing"));
        if (totals.PeakToMean.W1ms.P99 > PeakMax) broken.Add(Text($"peak {totals.PeakToMean.W1ms.P99:0.###} (p99 / mean in 1 ms) is above {PeakMax:0.###}"));
        if (P999MaxNs is not null && totals.LatencyNs.Count == 0) broken.Add("no packet carried a stamp: latency is not known");
        if (totals.LatencyNs.P999 > P999MaxNs) broken.Add(Text($"latency p99.9 {totals.LatencyNs.P999 / 1e6:0.###} ms is above {P999MaxNs / 1e6:0.###} ms"));
        return broken;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
