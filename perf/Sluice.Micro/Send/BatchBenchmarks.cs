using System.Net;
using BenchmarkDotNet.Attributes;
using Sluice.Linux;
using Sluice.Wire.Rtp;

namespace Sluice.Micro.Send;

/// <summary>
/// 64 packets made ready for one <c>sendmmsg</c>, as messages of 1 to 16 packets: private header, shared payload, nothing
/// sent. One operation is one packet.
/// </summary>
public class BatchBenchmarks
{
    private const int Packets = 64;
    private const int PayloadBytes = 1_316;

    private readonly DatagramAddress _to = DatagramAddress.From(IPAddress.Loopback, 5_004);
    private SendBatch _batch = null!;
    private NativeBuffer _payload = null!;
    private ushort _sequence;

    [Params(1, 4, 16)]
    public int Train { get; set; }

    [GlobalSetup]
    public void Open() => (_batch, _payload) = (new SendBatch(Packets, Packets), new NativeBuffer(PayloadBytes, prefault: true));

    [GlobalCleanup]
    public void Close()
    {
        _batch.Dispose();
        _payload.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Packets)]
    public int Assemble()
    {
        _batch.Clear();
        for (var message = 0; message < Packets / Train; message++)
        {
            _batch.BeginMessage(_to, RtpHeader.Size + PayloadBytes);
            for (var i = 0; i < Train; i++)
                RtpHeader.Write(_batch.AddPacket(RtpHeader.Size, _payload.Address, PayloadBytes), 0x80, 33, ++_sequence, 12_345, 0xC0FF_EE00);
        }
        return _batch.PacketCount;
    }
}
