using BenchmarkDotNet.Attributes;
using Sluice.Wire.Rtp;

namespace Sluice.Micro.Rtp;

/// <summary>What each packet of each client costs in header work, and each packet of a source in parsing.</summary>
public class HeaderBenchmarks
{
    private readonly byte[] _header = new byte[RtpHeader.Size];
    private readonly byte[] _datagram = new byte[1_328];
    private ushort _sequence;

    [GlobalSetup]
    public void Fill() => new RtpHeader(33, false, 1, 2, 3).Write(_datagram);

    [Benchmark]
    public void Rewrite() => RtpHeader.Write(_header, 0x80, 33, ++_sequence, 12_345, 0xC0FF_EE00);

    [Benchmark]
    public int Parse() => RtpPacket.TryParse(_datagram, out var packet) ? packet.SequenceNumber + packet.PayloadOffset : -1;
}
