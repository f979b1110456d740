using BenchmarkDotNet.Attributes;
using Sluice.Wire.Rtp;

namespace Sluice.Micro.Rtp;

/// <summary>What each packet of each client costs in header work, and each packet of a source in parsing.</summary>
public class HeaderBenchmarks
{
    private const int Packets = 64;

    private readonly byte[] _header = new byte[RtpHeader.Size];
    private readonly byte[][] _datagrams = new byte[Packets][];
    private ushort _sequence;

    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < Packets; i++)
        {
            _datagrams[i] = new byte[1_328];
            new RtpHeader(33, false, (ushort)i, 2, 3).Write(_datagrams[i]);
        }
    }

    [Benchmark]
    public void Rewrite() => RtpHeader.Write(_header, 0x80, 33, ++_sequence, 12_345, 0xC0FF_EE00);

    [Benchmark(OperationsPerInvoke = Packets)]
    public int Parse()
    {
        var sum = 0;
        foreach (var datagram in _datagrams)
            sum += RtpPacket.TryParse(datagram, out var packet) ? packet.SequenceNumber + packet.PayloadOffset : -1;
        return sum;
    }
}
