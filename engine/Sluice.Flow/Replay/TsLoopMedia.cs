using Sluice.Wire.Loops;
using Sluice.Wire.MpegTs;

namespace Sluice.Flow;

/// <summary>MPEG-TS: see <see cref="TsLoop"/>. The tables go before a turn's first packet, in datagrams of their own.</summary>
internal sealed class TsLoopMedia : LoopMedia
{
    private const int DatagramBytes = TsDatagram.UsualPackets * TsPacket.Size;

    private readonly TsLoop _loop = new();
    private byte[] _copy = new byte[2 * DatagramBytes];

    public override void BeginTurn()
    {
        base.BeginTurn();
        _loop.BeginTurn();
    }

    public override void Take(in ReplayPacket packet, ReadOnlySpan<byte> payload, bool mayBegin, bool mayEnd, LoopQueue target)
    {
        if (_copy.Length < payload.Length)
            _copy = new byte[payload.Length];
        payload.CopyTo(_copy);
        var kept = _copy.AsSpan(0, _loop.Take(_copy.AsSpan(0, payload.Length), mayBegin, mayEnd));
        if (!HasBegun && _loop.Phase != TsLoopPhase.Lead)
        {
            HasBegun = true;
            for (var tables = _loop.Tables; !tables.IsEmpty; tables = tables[Math.Min(DatagramBytes, tables.Length)..])
                target.Push(packet with { IsBreak = false }, tables[..Math.Min(DatagramBytes, tables.Length)]);
        }
        // What lies behind the end goes right before the seam: at its own time the next turn has begun.
        if (!kept.IsEmpty)
            target.Push(HasEnded ? packet with { MediaNs = EndedNs, IsBreak = false } : packet, kept);
        if (!HasEnded && _loop.Phase >= TsLoopPhase.Tail)
            (HasEnded, EndedNs) = (true, packet.MediaNs);
        IsOver = _loop.Phase == TsLoopPhase.Over;
    }

    public override long EndTurn() => _loop.EndTurn();
}
