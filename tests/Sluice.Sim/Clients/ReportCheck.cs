using Sluice.Wire.Rtcp;

namespace Sluice.Sim;

/// <summary>
/// Judges every RTCP compound that a player gets: its SSRC, and that two sender reports give the clock rate and lie on the
/// line of the packets themselves (RFC 3550 §6.4.1).
/// </summary>
public sealed class ReportCheck(CheckContext context, long wallMinusMonotonicNs)
{
    private const int ClockRate = 90_000;
    private const double RateTolerance = 1000e-6;
    private const long ApartMinNs = 2_000_000_000;
    private const long WallToleranceNs = 5_000_000;

    private readonly PlayerTable _players = context.Players;

    public long Compounds { get; private set; }

    public void OnCompound(int player, ReadOnlySpan<byte> bytes)
    {
        Compounds++;
        if (!RtcpCompound.TryParse(bytes, out var compound))
            throw context.Broken(player, "RTCP that does not parse");
        foreach (var packet in compound)
        {
            if (SenderReport.TryRead(packet, out var report, out _))
                Check(player, in report);
            else if (Bye.TryRead(packet, out _))
                _players.SaidBye[player] = true;
        }
    }

    private void Check(int player, in SenderReport report)
    {
        if (report.SenderSsrc == Askers.RtxSsrc(player) && report.PacketCount <= _players.Answered[player])
            return;
        if (report.SenderSsrc != _players.Ssrc[player])
            throw context.Broken(player, "a report of another SSRC than its own");
        if (report.PacketCount > _players.Received[player] + _players.Answered[player])
            throw context.Broken(player, $"a report of {report.PacketCount} packets where {_players.Received[player]} came");
        var wallNs = report.Ntp.ToUnixNs();
        if (Math.Abs(wallNs - wallMinusMonotonicNs - context.Net.NowNs) > WallToleranceNs && context.Net.NowNs > context.DisturbedUntilNs)
            throw context.Broken(player, "a report whose wall clock is not now");
        CheckLine(player, wallNs, report.RtpTimestamp);
        if (_players.Reports[player] > 0)
            CheckRate(player, wallNs, report.RtpTimestamp);
        (_players.ReportWallNs[player], _players.ReportTimestamp[player]) = (wallNs, report.RtpTimestamp);
        _players.Reports[player]++;
    }

    // The packet that came last, carried on to now, is where the report must be.
    private void CheckLine(int player, long wallNs, uint timestamp)
    {
        if (_players.State[player] != PlayerState.Playing || _players.LastNs[player] == 0)
            return;
        var sinceNs = wallNs - wallMinusMonotonicNs - _players.LastNs[player];
        var offNs = (int)(timestamp - _players.LastTimestamp[player]) * 1_000_000_000L / ClockRate - sinceNs;
        var toleranceNs = context.ReportToleranceNs[_players.Feed[player]];
        if (Math.Abs(offNs) > toleranceNs && context.Net.NowNs > context.DisturbedUntilNs && sinceNs < ApartMinNs)
            throw context.Broken(player, $"a report {offNs} ns away from the packets' own line, {toleranceNs} allowed");
    }

    private void CheckRate(int player, long wallNs, uint timestamp)
    {
        var elapsedNs = wallNs - _players.ReportWallNs[player];
        if (elapsedNs < ApartMinNs || !context.ReportsAreSteady[_players.Feed[player]])
            return;
        var rate = (int)(timestamp - _players.ReportTimestamp[player]) * 1e9 / elapsedNs;
        if (Math.Abs(rate / ClockRate - 1) > RateTolerance)
            throw context.Broken(player, $"two reports give a clock of {rate:F1} Hz");
    }
}
