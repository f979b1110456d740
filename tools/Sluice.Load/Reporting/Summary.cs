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
        Losses(page, t);
        if (t.SilentClients > 0) Line(page, $"silent     {t.SilentClients:n0} clients got nothing");
        if (t.LatencyNs.Count > 0) Times(page, "latency", t.LatencyNs);
        if (t.DelaySpreadNs is { } spread)
            Line(page, $"constancy  of delay, p99 - p1: middle {Ms(spread.P50)}   worst {Ms(spread.Max)}   drift {t.DriftNsPerSecondMax / 1e3:0.0} us/s");
        Line(page, $"jitter     mean {Ms(t.Jitter.MeanNs)}   worst {Ms(t.Jitter.MaxNs)}   longest gap {Ms(t.GapMaxNs)}");
        PeakLine(page, t.PeakToMean);
        var (worst, lossRate, mean) = (t.MdiDelayFactorMs, t.MdiMediaLossRate, t.MdiDelayFactorMeanMs);
        Line(page, $"MDI        {worst:0.00}:{lossRate:0.##} (worst; mean delay factor {mean:0.00} ms)   C_INST {t.CInst:0.####}");
        if (report.Rtsp is { } rtsp) Rtsp(page, rtsp);
        Line(page, $"receiver   {Effort(report.Limits)}, dropped here {report.Limits.RxqOverflow:n0}, at any socket {report.Limits.RcvbufErrors:n0}");
        if (report.Limits.WasTheLimit) Line(page, $"LIMIT      this receiver was too slow: its losses and latencies say nothing about the sender");
    }

    private static void Sent(StringBuilder page, LoadReport report)
    {
        var (t, limits) = (report.Totals, report.Limits);
        Traffic(page, "sent", report, "streams");
        if (report.Injected is { } i && i != new InjectedFigures(0, 0, 0, 0, 0))
        {
            Line(page, $"on purpose lost {i.Lost:n0}   duplicated {i.Duplicates:n0}   reordered {i.Reordered:n0}");
            Line(page, $"           SSRC changes {i.SsrcChanges}   restarts {i.Restarts}");
        }
        if (t.LatencyNs.Count > 0) Times(page, "late by", t.LatencyNs);
        PeakLine(page, t.PeakToMean);
        Line(page, $"sender     {Effort(limits)}, buffer full {limits.Blocked:n0} times, refused {limits.Refused:n0}");
        if (limits.WasTheLimit) Line(page, $"LIMIT      this sender did not keep its schedule");
    }

    private static void Traffic(StringBuilder page, string verb, LoadReport report, string what)
    {
        var t = report.Totals;
        var rate = $"{t.PacketsPerSecond:n0} packets/s, {t.BitsPerSecond / 1e6:0.00} Mbit/s";
        Line(page, $"{verb,-10} {t.Packets:n0} packets, {t.Clients:n0} {what}, {report.DurationNs / 1e9:0.00} s: {rate}");
    }

    private static void Losses(StringBuilder page, Totals t)
    {
        var all = t.Lost + t.Packets - t.Duplicates;
        var rest = $"duplicates {t.Duplicates:n0}   out of order {t.OutOfOrder:n0}   corrupt {t.Corrupt:n0}";
        Line(page, $"lost       {t.Lost:n0} of {all:n0} ({Share(t.Lost, all):0.####%})   {rest}");
    }

    private static void Times(StringBuilder page, string name, Percentiles p) =>
        Line(page, $"{name,-10} p50 {Ms(p.P50)}   p90 {Ms(p.P90)}   p99 {Ms(p.P99)}   p99.9 {Ms(p.P999)}   max {Ms(p.Max)}");

    private static void PeakLine(StringBuilder page, Peaks peaks) =>
        Line(page, $"peak/mean  0.1 ms: {Peak(peaks.W100us)}   1 ms: {Peak(peaks.W1ms)}   10 ms: {Peak(peaks.W10ms)}");

    private static void Rtsp(StringBuilder page, RtspFigures rtsp)
    {
        var (reply, first) = (rtsp.ReplyNs, rtsp.FirstPacketNs);
        Line(page, $"rtsp       {rtsp.Started:n0} started, {rtsp.Played:n0} played, {rtsp.TornDown:n0} torn down, {rtsp.Failed:n0} failed");
        Line(page, $"           PLAY answered p50 {Ms(reply.P50)} p99 {Ms(reply.P99)}   first packet p50 {Ms(first.P50)} p99 {Ms(first.P99)}");
        foreach (var problem in rtsp.Problems.Take(5)) Line(page, $"           {problem}");
    }

    private static FormattableString Peak(Figures.PeakToMean peak) => $"p99 {peak.P99:0.00} max {peak.Max:0.0}";

    private static FormattableString Effort(Limits limits) => $"{limits.BusyShare:0%} of a core (waited for it {limits.StarvedShare:0%} of the time), {limits.CpuNsPerPacket:n0} ns a packet";

    private static string Picture(IReadOnlyList<uint> perMs) => Sparkline.Of([.. perMs.Take(100).Select(count => (long)count)]);

    private static double Share(long part, long whole) => whole > 0 ? part / (double)whole : 0;

    private static string Ms(double ns) => string.Create(CultureInfo.InvariantCulture, $"{ns / 1e6:0.000} ms");

    private static void Line(StringBuilder page, FormattableString text) => page.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
