using System.Globalization;
using System.Text;

namespace Sluice.Load.Reporting;

/// <summary>A report as a page for people.</summary>
public static class Summary
{
    public static string Of(LoadReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var page = new StringBuilder();
        if (report.Role == "send") Sent(page, report);
        else Received(page, report);
        if (report.PerMs is { Count: > 0 } perMs) Line(page, $"burst pic  {Picture(perMs)}");
        foreach (var broken in report.Broken) Line(page, $"BROKEN     {broken}");
        return page.ToString();
    }

    private static void Received(StringBuilder page, LoadReport report)
    {
        var t = report.Totals;
        Traffic(page, "received", report, "clients");
        Line(page, $"lost       {t.Lost:n0} of {t.Lost + t.Packets - t.Duplicates:n0} ({Share(t.Lost, t.Lost + t.Packets - t.Duplicates):0.####%})   duplicates {t.Duplicates:n0}   out of order {t.OutOfOrder:n0}   corrupt {t.Corrupt:n0}");
        if (t.SilentClients > 0) Line(page, $"silent     {t.SilentClients:n0} clients got nothing");
        if (t.LatencyNs.Count > 0) Line(page, $"latency    p50 {Ms(t.LatencyNs.P50)}   p90 {Ms(t.LatencyNs.P90)}   p99 {Ms(t.LatencyNs.P99)}   p99.9 {Ms(t.LatencyNs.P999)}   max {Ms(t.LatencyNs.Max)}");
        if (t.DelaySpreadNs is { } spread) Line(page, $"constancy  a client's delay, p99 - p1: middle {Ms(spread.P50)}   worst {Ms(spread.Max)}   drift {t.DriftNsPerSecondMax / 1e3:0.0} us/s");
        Line(page, $"jitter     mean {Ms(t.Jitter.MeanNs)}   worst {Ms(t.Jitter.MaxNs)}   longest gap {Ms(t.GapMaxNs)}");
        PeakLines(page, t);
        Line(page, $"MDI        {t.MdiDelayFactorMs:0.00}:{t.MdiMediaLossRate:0.##} (worst; mean delay factor {t.MdiDelayFactorMeanMs:0.00} ms)   C_INST {t.CInst:0.####}");
        if (report.Rtsp is { } rtsp) Rtsp(page, rtsp);
        var limits = report.Limits;
        Line(page, $"receiver   {limits.BusyShare:0%} of a core, dropped here {limits.RxqOverflow:n0}, at any socket {limits.RcvbufErrors:n0}");
        if (limits.WasTheLimit) Line(page, $"LIMIT      this receiver was too slow: its losses and latencies say nothing about the sender");
    }

    private static void Sent(StringBuilder page, LoadReport report)
    {
        var (t, limits) = (report.Totals, report.Limits);
        Traffic(page, "sent", report, "streams");
        if (report.Injected is { } i && i != new InjectedFigures(0, 0, 0, 0, 0))
            Line(page, $"on purpose lost {i.Lost:n0}   duplicated {i.Duplicates:n0}   reordered {i.Reordered:n0}   SSRC changes {i.SsrcChanges}   restarts {i.Restarts}");
        if (t.LatencyNs.Count > 0) Line(page, $"late by    p50 {Ms(t.LatencyNs.P50)}   p99 {Ms(t.LatencyNs.P99)}   p99.9 {Ms(t.LatencyNs.P999)}   max {Ms(t.LatencyNs.Max)}");
        PeakLines(page, t);
        Line(page, $"sender     {limits.BusyShare:0%} of a core, buffer full {limits.Blocked:n0} times, refused {limits.Refused:n0}");
        if (limits.WasTheLimit) Line(page, $"LIMIT      this sender did not keep its schedule");
    }

    private static void Traffic(StringBuilder page, string verb, LoadReport report, string what) =>
        Line(page, $"{verb,-10} {report.Totals.Packets:n0} packets, {report.Totals.Clients:n0} {what}, {report.DurationNs / 1e9:0.00} s: {report.Totals.PacketsPerSecond:n0} packets/s, {report.Totals.BitsPerSecond / 1e6:0.00} Mbit/s");

    private static void PeakLines(StringBuilder page, Totals t)
    {
        var p = t.PeakToMean;
        Line(page, $"peak/mean  0.1 ms: p99 {p.W100us.P99:0.00} max {p.W100us.Max:0.0}   1 ms: p99 {p.W1ms.P99:0.00} max {p.W1ms.Max:0.0}   10 ms: p99 {p.W10ms.P99:0.00} max {p.W10ms.Max:0.0}");
    }

    private static void Rtsp(StringBuilder page, RtspFigures rtsp)
    {
        Line(page, $"rtsp       {rtsp.Started:n0} started, {rtsp.Played:n0} played, {rtsp.TornDown:n0} torn down, {rtsp.Failed:n0} failed   PLAY answered p50 {Ms(rtsp.ReplyNs.P50)} p99 {Ms(rtsp.ReplyNs.P99)}   first packet p50 {Ms(rtsp.FirstPacketNs.P50)} p99 {Ms(rtsp.FirstPacketNs.P99)}");
        foreach (var problem in rtsp.Problems.Take(5)) Line(page, $"           {problem}");
    }

    private static string Picture(IReadOnlyList<uint> perMs) => Sparkline.Of([.. perMs.Take(100).Select(count => (long)count)]);

    private static double Share(long part, long whole) => whole > 0 ? part / (double)whole : 0;

    private static string Ms(double ns) => string.Create(CultureInfo.InvariantCulture, $"{ns / 1e6:0.000} ms");

    private static void Line(StringBuilder page, FormattableString text) => page.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
