using Sluice.Wire.MpegTs;

namespace Sluice.Load.Sending;

/// <summary>Null packets at a constant rate, one datagram at a time or several together.</summary>
/// <param name="bitsPerSecond">Of payload; 0: everything is due at once, the sender goes as fast as it can.</param>
/// <param name="payloadBytes">A multiple of 188.</param>
/// <param name="burst">Packets that are due together.</param>
public sealed class ConstantRateSource(double bitsPerSecond, int payloadBytes, int burst = 1) : PacketSource
{
    private long _index;

    /// <summary>From one packet to the next in the mean; 0 when unpaced.</summary>
    public double IntervalNs { get; } = bitsPerSecond > 0 ? payloadBytes * 8 * 1e9 / bitsPerSecond : 0;

    public override bool TryNext(Span<byte> target, out MediaPacket packet)
    {
        for (var at = 0; at < payloadBytes; at += TsPacket.Size) TsPacket.WriteNull(target[at..]);
        var dueNs = (long)(_index / burst * burst * IntervalNs);
        packet = new MediaPacket(dueNs, payloadBytes, TicksOf(dueNs), StampAt: 0);
        _index++;
        return true;
    }
}
