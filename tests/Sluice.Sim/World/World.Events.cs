using Sluice.Flow;

namespace Sluice.Sim;

public sealed partial class World
{
    private void PlanEvents()
    {
        for (var i = 0; i < _streams.Length; i++)
            _events.Add(_streams[i].NextNs, EventKind.Emit, i);
        for (var i = 0; i < _plan.Players.Count; i++)
            _events.Add(_plan.Players[i].JoinNs, EventKind.Join, i);
        foreach (var (atNs, index) in _plan.Stalls.Select((stall, index) => (stall.AtNs, index)))
            _events.Add(atNs, EventKind.Stall, index);
        foreach (var (atNs, index) in _plan.Blocks.Select((block, index) => (block.AtNs, index)))
            _events.Add(atNs, EventKind.Block, index);
        if (_plan.CalmNs != long.MaxValue)
            _events.Add(_plan.CalmNs, EventKind.ProfileChange, 0);
    }

    private void Happen(in SimEvent happening)
    {
        switch (happening.Kind)
        {
            case EventKind.Emit:
                Emit(happening.Subject);
                break;
            case EventKind.Arrive:
                Arrive(happening.Subject, (int)happening.Argument);
                break;
            case EventKind.Join:
                Join(happening.Subject);
                break;
            case EventKind.Pause:
                Pause(happening.Subject);
                break;
            case EventKind.Resume:
                Play(happening.Subject, (ushort)_players.Spec[happening.Subject]!.Progress.NextSequence);
                break;
            case EventKind.Leave:
                Leave(happening.Subject);
                break;
            case EventKind.Ask:
                Ask(happening.Subject);
                break;
            case EventKind.Stall:
                var stall = _plan.Stalls[happening.Subject];
                _threads[stall.Thread].Stall(stall.LengthNs, stall.MidPass);
                break;
            case EventKind.Block:
                var block = _plan.Blocks[happening.Subject];
                _net.Block(block.SendLoop, _net.NowNs + block.LengthNs);
                break;
            default:
                foreach (var link in _links)
                    link.Profile = LinkProfile.N0;
                break;
        }
    }

    private void Emit(int source)
    {
        var (stream, link) = (_streams[source], _links[source]);
        if (stream.Emit(_net.NowNs, out var packet))
            link.KeepBehind();
        if (!stream.IsSilent(_net.NowNs))
            Carry(source, link.Carry(_net.NowNs), ref packet);
        if (stream.NextNs is var nextNs && nextNs != long.MaxValue)
            _events.Add(nextNs, EventKind.Emit, source);
    }

    private void Carry(int source, Transit transit, ref SimPacket packet)
    {
        if (transit.Copies == 0)
            return;
        packet.Garbage = transit.IsGarbage ? (Garbage)_chance.Between(1, 5) : Garbage.None;
        packet.ArrivalNs = transit.FirstNs;
        _events.Add(transit.FirstNs, EventKind.Arrive, source, _packets.Put(in packet));
        if (transit.Copies == 1)
            return;
        packet.ArrivalNs = transit.SecondNs;
        _events.Add(transit.SecondNs, EventKind.Arrive, source, _packets.Put(in packet));
    }

    private void Arrive(int source, int index)
    {
        _net.Inbound(source).Put(_packets.Take(index));
        _ingestThread.OnDatagram();
    }
}
