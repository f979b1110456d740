using BenchmarkDotNet.Attributes;
using Sluice.Wire.MpegTs;

namespace Sluice.Micro.MpegTs;

/// <summary>One datagram of seven transport packets: what a raw source costs, and one that is paced by its PCR.</summary>
public class TsBenchmarks
{
    private const ushort VideoPid = 0x100;

    private readonly byte[] _datagram = new byte[TsDatagram.UsualPackets * TsPacket.Size];

    /// <summary>Six packets of media and a last one that carries the PCR: the search sees all of them.</summary>
    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < TsDatagram.UsualPackets; i++)
        {
            var packet = _datagram.AsSpan(i * TsPacket.Size, TsPacket.Size);
            var isLast = i == TsDatagram.UsualPackets - 1;
            TsPacket.WriteHeader(packet, VideoPid, payloadUnitStart: false, hasAdaptationField: isLast, hasPayload: true, (byte)i);
            if (!isLast)
                continue;
            (packet[4], packet[5]) = (7, 0x10);     // ISO/IEC 13818-1 §2.4.3.4: length, PCR_flag
            TsClock.WritePcr(packet[TsAdaptationField.PcrOffsetInPacket..], 27_000_000);
        }
    }

    [Benchmark]
    public int ParseDatagram() => TsDatagram.TryParse(_datagram, out var datagram) ? datagram.PacketCount : -1;

    [Benchmark]
    public int ParseEveryPacket()
    {
        if (!TsDatagram.TryParse(_datagram, out var datagram))
            return -1;
        var sum = 0;
        for (var i = 0; i < datagram.PacketCount; i++)
            sum += datagram.TryGetPacket(i, out var packet) ? packet.Pid + packet.ContinuityCounter : 0;
        return sum;
    }

    [Benchmark]
    public long FindPcr() =>
        TsDatagram.TryParse(_datagram, out var datagram) && datagram.TryFindPcr(VideoPid, out var pcr27MHz, out _) ? pcr27MHz : -1;
}
