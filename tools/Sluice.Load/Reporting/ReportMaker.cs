using Sluice.Linux;
using Sluice.Load.Figures;
using Sluice.Load.Receiving;
using Sluice.Load.Scoring;
using Sluice.Load.Sending;

namespace Sluice.Load.Reporting;

/// <summary>Turns what was measured into the record that people and programs read.</summary>
public static class ReportMaker
{
    private const long FellBehindNs = 20_000_000;

    /// <param name="limits">As <see cref="ReceiverSet.Limits"/> gave them.</param>
    public static LoadReport OfReceiver(Score score, ReceiveLimits limits, string command, DateTimeOffset start, bool perClient, bool perMs)
    {
        ArgumentNullException.ThrowIfNull(score);
        ArgumentNullException.ThrowIfNull(limits);
        var durationNs = score.Packets.Widen(1).Length * WindowCounts.WidthNs;
        return Describe("receive", command, start, durationNs, TotalsOf(score, durationNs),
            new Limits(limits.RcvbufErrors, limits.RxqOverflow, limits.WasTheLimit, limits.BusyShare) { StarvedShare = limits.StarvedShare, CpuNsPerPacket = limits.CpuNs / (double)Math.Max(score.PacketCount, 1) }) with
        {
            Clients = perClient ? [.. score.Clients.Select(FiguresOf)] : null,
            PerMs = perMs ? score.Packets.Widen(10) : null,
        };
    }

    public static LoadReport OfSender(StreamSender sender, int streams, string command, DateTimeOffset start, bool perMs)
    {
        ArgumentNullException.ThrowIfNull(sender);
        var durationNs = sender.Departures.Widen(1).Length * WindowCounts.WidthNs;
        var totals = new Totals(streams, sender.Packets, sender.Bytes, 0, 0, 0, 0, Percentiles.Of(sender.LateNs), new Jitter(0, 0), 0,
            Peaks.Of(sender.Departures), 0, 0)
        {
            PacketsPerSecond = PerSecond(sender.Packets, durationNs), BitsPerSecond = 8 * PerSecond(sender.Bytes, durationNs),
        };
        var fellBehind = sender.LateNs.ValueAt(0.99) > FellBehindNs || sender.Refused > 0;
        var injected = sender.Injected;
        return Describe("send", command, start, durationNs, totals,
            new Limits(0, 0, fellBehind, sender.BusyShare)
            {
                StarvedShare = sender.StarvedShare, CpuNsPerPacket = sender.CpuNs / (double)Math.Max(sender.Packets, 1), Refused = sender.Refused, Blocked = sender.Blocked,
            }) with
        {
            PerMs = perMs ? sender.Departures.Widen(10) : null,
            Injected = new(injected.Lost, injected.Duplicates, injected.Reordered, injected.SsrcChanges, injected.Restarts),
        };
    }

    private static LoadReport Describe(string role, string command, DateTimeOffset start, long durationNs, Totals totals, Limits limits) =>
        new(role, command, Environment.MachineName, Machine.Kernel, ThreadControl.AvailableCores(), start, durationNs, totals, limits);

    private static Totals TotalsOf(Score score, long durationNs)
    {
        var heard = score.Clients.Where(client => client.Packets > 0).ToArray();
        var spreads = heard.Select(client => client.DelaySpreadNs).Order().ToArray();
        long Sum(Func<ClientScore, long> count) => score.Clients.Sum(count);
        double Max(Func<ClientScore, double> figure) => heard.Select(figure).DefaultIfEmpty().Max();
        return new Totals(score.Clients.Count, Sum(c => c.Packets), Sum(c => c.Bytes), Sum(c => c.Lost), Sum(c => c.Duplicates), Sum(c => c.OutOfOrder),
            Sum(c => c.Corrupt), Percentiles.Of(score.LatencyNs), new Jitter(heard.Select(c => c.JitterNs).DefaultIfEmpty().Average(), Max(c => c.JitterNs)),
            heard.Select(c => c.GapMaxNs).DefaultIfEmpty().Max(), Peaks.Of(score.Packets), Max(c => c.DelayFactor.MaxNs) / 1e6, score.InstantaneousConcurrency)
        {
            PacketsPerSecond = PerSecond(score.PacketCount, durationNs),
            BitsPerSecond = 8 * PerSecond(score.ByteCount, durationNs),
            SilentClients = score.Clients.Count - heard.Length,
            Unstamped = Sum(c => c.Unstamped),
            SourceChanges = Sum(c => c.SourceChanges),
            MdiMediaLossRate = PerSecond(Sum(c => c.Lost), durationNs) / Math.Max(heard.Length, 1),
            MdiDelayFactorMeanMs = heard.Select(c => c.DelayFactor.MeanNs).DefaultIfEmpty().Average() / 1e6,
            DelaySpreadNs = spreads.Length == 0 ? null : new Spread(spreads[spreads.Length / 2], spreads[^1]),
            DriftNsPerSecondMax = heard.Select(c => c.DriftNsPerSecond).OrderBy(Math.Abs).LastOrDefault(),
        };
    }

    private static ClientFigures FiguresOf(ClientScore client) => new(client.Name, client.Packets, client.Bytes, client.Lost, client.Duplicates,
        client.OutOfOrder, client.Corrupt, Percentiles.Of(client.LatencyNs), client.JitterNs, client.GapMaxNs, client.DelaySpreadNs,
        client.DriftNsPerSecond, client.DelayFactor.MaxNs / 1e6);

    private static double PerSecond(long count, long durationNs) => durationNs > 0 ? count * 1e9 / durationNs : 0;
}
