using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Micro.Rtsp;

/// <summary>A SETUP as ffmpeg sends it: cut from the connection's bytes, and the header in it that says the most.</summary>
public class RtspBenchmarks
{
    private static readonly byte[] s_transport = Encoding.ASCII.GetBytes("RTP/AVP/UDP;unicast;client_port=20166-20167");
    private static readonly byte[] s_setup = Encoding.ASCII.GetBytes(
        "SETUP rtsp://127.0.0.1:8554/demo/stream=0 RTSP/1.0\r\nTransport: RTP/AVP/UDP;unicast;client_port=20166-20167\r\n"
        + "CSeq: 3\r\nUser-Agent: Lavf59.27.100\r\n\r\n");

    private readonly RtspReader _reader = new();

    [Benchmark]
    public int ReadSetup()
    {
        var input = new ReadOnlySequence<byte>(s_setup);
        return _reader.Read(ref input) == RtspReadResult.Request ? _reader.Message.HeaderCount : -1;
    }

    [Benchmark]
    public bool ParseTransport() => TransportHeader.TryParse(s_transport, out _);
}
