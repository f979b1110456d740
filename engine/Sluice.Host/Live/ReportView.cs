using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>What clients report, in the units that people read.</summary>
internal static class ReportView
{
    /// <summary>A receiver reports every five seconds on average (RFC 3550 §6.2); one that missed two is not counted any more.</summary>
    private const long RecentNs = 16_000_000_000;

    public static double LossRatio(ClientProgress progress) => progress.FractionLost / 256.0;

    public static double JitterMs(LiveClient client) => client.Spec.Progress.ReportedJitter * 1000.0 / Math.Max(client.Track.Media.ClockRate, 1);

    public static ReportPicture Picture(List<LiveClient> clients, MonotonicTime now)
    {
        var recent = clients.Where(client => Volatile.Read(ref client.Spec.Progress.LastReportNs) is not 0 and var ns && now.Ns - ns < RecentNs).ToList();
        return recent.Count == 0 ? new ReportPicture() : new ReportPicture
        {
            ClientCount = recent.Count,
            LossRatio = Quantiles.Of([.. recent.Select(client => LossRatio(client.Spec.Progress))]),
            JitterMs = Quantiles.Of([.. recent.Select(JitterMs)]),
            RoundTripMs = Quantiles.Of([.. recent.Select(client => client.Spec.Progress.RoundTripNs / 1e6).Where(ms => ms > 0)]),
        };
    }

    public static RetransmitStatus? Again(List<LiveClient> clients)
    {
        var states = clients.Select(client => client.Spec.Retransmit).OfType<RetransmitState>().ToList();
        return states.Count == 0 ? null : new RetransmitStatus
        {
            Answered = states.Sum(state => state.Answered),
            TooOld = states.Sum(state => state.TooOld),
            NotSent = states.Sum(state => state.NotSent),
            Repeated = states.Sum(state => state.Repeated),
            RateLimited = states.Sum(state => state.RateLimited),
        };
    }

    public static RtcpStatus Rtcp(IEnumerable<SendCounters> loops)
    {
        var counters = loops.ToList();
        return new RtcpStatus
        {
            Sent = counters.Sum(loop => loop.Reports),
            Received = counters.Sum(loop => loop.ReportsReceived),
            Malformed = counters.Sum(loop => loop.ReportsMalformed),
            UnknownSender = counters.Sum(loop => loop.ReportsUnknown),
            ForeignReports = counters.Sum(loop => loop.ReportsForeign),
            IgnoredByes = counters.Sum(loop => loop.ByesIgnored),
            RateLimited = counters.Sum(loop => loop.ReportsLimited),
            Nacks = counters.Sum(loop => loop.NacksReceived),
            Retransmitted = counters.Sum(loop => loop.Retransmitted),
        };
    }
}
