using Sluice.Wire.MpegTs;

namespace Sluice.Load.Sending;

/// <summary>A transport stream file by its PCR: a null packet for the stamp and six packets of the file in each datagram.</summary>
/// <param name="loop">Begins again at the end; the clock in the file then jumps back, as with any looped file.</param>
public sealed class TsFileSource(TsProgramme programme, bool loop) : PacketSource
{
    private const int FromFile = TsDatagram.UsualPackets - 1;
    private int _next;
    private long _lapsNs;

    public override bool TryNext(Span<byte> target, out MediaPacket packet)
    {
        packet = default;
        if (_next >= programme.PacketCount && !TryRewind()) return false;
        var count = Math.Min(FromFile, programme.PacketCount - _next);
        TsPacket.WriteNull(target);
        for (var i = 0; i < count; i++) programme.Packet(_next + i).CopyTo(target[((i + 1) * TsPacket.Size)..]);
        var dueNs = _lapsNs + programme.NsAt(_next);
        packet = new MediaPacket(dueNs, (count + 1) * TsPacket.Size, TicksOf(dueNs), StampAt: 0);
        _next += count;
        return true;
    }

    private bool TryRewind()
    {
        (_next, _lapsNs) = (0, _lapsNs + programme.DurationNs);
        return loop;
    }
}
