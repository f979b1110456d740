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
            Retransmit = _askers.Right(player, _plan.Feeds[plan.Feed].RetransmitNs),
            Ssrc = (uint)_chance.Next(),
            Address = SimNet.MediaAddress(player),
            RtcpAddress = SimNet.ReportAddress(player),
        };
        (_players.Feed[player], _players.DelayNs[player], _players.Ssrc[player]) = (plan.Feed, plan.DelayNs, _players.Spec[player]!.Ssrc);
        (_players.IsRaw[player], _players.Fault[player]) = (plan.Kind == ClientKind.RawOverUdp, plan.Fault);
        Play(player, (ushort)_chance.Next());
        PlanLife(player, plan);
    }

    /// <summary>Between two rounds of asking: some packets, and less than what is kept.</summary>
    private const long AskMinNs = 5_000_000, AskMaxNs = 40_000_000;

    // To the egress that every send loop has, which is its first.
    private void Ask(int player)
    {
        if (_players.HasLeft[player])
            return;
        _events.Add(_net.NowNs + _chance.Between(AskMinNs, AskMaxNs), EventKind.Ask, player);
        if (_askers.Ask(player) is not { IsEmpty: false } compound)
            return;
        var shard = _players.Seat[player].Shard;
        _net.Report(shard, player, compound);
        _core.Sends[shard].OnReadable(0);
        (_plan.SharedThread ? _threads[0] : _threads[FirstSendThread + shard]).OnDatagram();
    }

    private const int FirstSendThread = 2;

    private void PlanLife(int player, PlayerPlan plan)
    {
        if (_askers.IsAsker(player) && _players.Spec[player]!.Retransmit is not null)
            _events.Add(_net.NowNs + AskMinNs, EventKind.Ask, player);
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
