using Sluice.Flow;

namespace Sluice.Sim;

// The control plane's part: players come, pause, go on and leave through the desk, as sessions do.
public sealed partial class World
{
    private void Join(int player)
    {
        var plan = _plan.Players[player];
        if (!_core.Desk.TryReserve(out _players.Seat[player]))
            throw new BrokenPromiseException($"at {_net.NowNs} ns: no row for player {player} of {_core.Desk.Count} in {_core.Desk.Capacity}");
        _players.Spec[player] = new ClientSpec
        {
            Kind = plan.Kind,
            Feed = plan.Feed,
            DelayNs = plan.DelayNs,
            StartsAtAccess = plan.StartsAtAccess,
            Ssrc = (uint)_chance.Next(),
            Address = SimNet.MediaAddress(player),
            RtcpAddress = SimNet.ReportAddress(player),
        };
        (_players.Feed[player], _players.DelayNs[player], _players.Ssrc[player]) = (plan.Feed, plan.DelayNs, _players.Spec[player]!.Ssrc);
        (_players.IsRaw[player], _players.Fault[player]) = (plan.Kind == ClientKind.RawOverUdp, plan.Fault);
        Play(player, (ushort)_chance.Next());
        PlanLife(player, plan);
    }

    private void PlanLife(int player, PlayerPlan plan)
    {
        if (plan.PauseNs != long.MaxValue)
            _events.Add(plan.PauseNs, EventKind.Pause, player);
        if (plan.ResumeNs != long.MaxValue)
            _events.Add(plan.ResumeNs, EventKind.Resume, player);
        if (plan.LeaveNs != long.MaxValue)
            _events.Add(plan.LeaveNs, EventKind.Leave, player);
    }

    private void Play(int player, ushort sequence)
    {
        if (_players.HasLeft[player])
            return;
        var timestamp = (uint)_chance.Next();
        _players.Start(player, sequence, timestamp, _net.Step);
        if (_players.Spec[player]!.StartsAtAccess && _plan.Feeds[_players.Feed[player]].Start is not null)
            _players.BehindNs[player] = long.MaxValue;
        if (!_core.Desk.TryPlay(_players.Seat[player], _players.Spec[player]!, sequence, timestamp))
            throw new BrokenPromiseException($"at {_net.NowNs} ns: the desk is too busy to play player {player}");
    }

    private void Pause(int player)
    {
        if (_players.HasLeft[player])
            return;
        _core.Desk.Pause(_players.Seat[player]);
        _players.Stop(player, _net.Step);
    }

    private void Leave(int player)
    {
        if (_players.HasLeft[player])
            return;
        _core.Desk.Remove(_players.Seat[player]);
        _players.HasLeft[player] = true;
        _players.Stop(player, _net.Step);
    }

    private void LeaveAll()
    {
        for (var player = 0; player < _players.Count; player++)
            Leave(player);
    }
}
