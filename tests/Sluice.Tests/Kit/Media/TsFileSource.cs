using Sluice.Flow;
using Sluice.Store;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Kit.Media;

/// <summary>A transport stream in memory as a replay's source: seven packets each, delivered as its clock says, from 0.</summary>
internal sealed class TsFileSource : ReplaySource
{
    private const int DatagramBytes = TsDatagram.UsualPackets * TsPacket.Size;

    private readonly byte[] _file;
    private readonly TsTimeline _timeline;
    private int _next;

    public TsFileSource(byte[] file)
    {
        _file = file;
        using var stream = new MemoryStream(file);
        Assert.True(TsTimeline.TryRead(stream, _ => { }, out _timeline, out var wrong), wrong);
    }

    public override ReplayStatus TryNext(out ReplayPacket packet, out ReadOnlySpan<byte> payload)
    {
        packet = default;
        payload = default;
        if (_next * DatagramBytes >= _file.Length)
            return ReplayStatus.Ended;
        var ns = _timeline.NsOf((long)_next * TsDatagram.UsualPackets);
        packet = new ReplayPacket(ns, (ulong)_next, (uint)(ns * 9 / 100_000), 33, IsBreak: false);
        payload = _file.AsSpan(_next * DatagramBytes, Math.Min(DatagramBytes, _file.Length - _next * DatagramBytes));
        _next++;
        return ReplayStatus.Packet;
    }
}
