using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.Kit.Net;

/// <summary>
/// Writes what arrives at one UDP port into a capture file, as a receiver gets it. A tap on lo would not do: it sees a GSO message
/// before it is cut into datagrams, and tshark then takes sixteen packets for one. File format: pcap, nanoseconds, LINKTYPE_IPV4.
/// </summary>
internal sealed class PcapRecorder : IDisposable
{
    private const uint NanosecondMagic = 0xA1B2_3C4D, LinkTypeIpv4 = 228;
    private const int IpHeader = 20, UdpHeader = 8;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly FileStream _file;
    private readonly Thread _thread;
    private readonly int _port;
    private volatile bool _stopping;
    private volatile int _count;

    public PcapRecorder(int port)
    {
        _port = port;
        Path = TestFolder.NewFile("output.pcap");
        _file = File.Create(Path);
        _socket.ReceiveBufferSize = 4 << 20;
        _socket.ReceiveTimeout = 100;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        WriteFileHeader();
        _thread = new Thread(Run) { IsBackground = true, Name = "kit-pcap" };
        _thread.Start();
    }

    public string Path { get; }
    public int Count => _count;

    /// <summary>Ends the capture; the file is then whole.</summary>
    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        _socket.Dispose();
        _file.Dispose();
    }

    private void Run()
    {
        var packet = new byte[65_536 + IpHeader + UdpHeader];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        while (!_stopping)
        {
            try
            {
                var length = _socket.ReceiveFrom(packet.AsSpan(IpHeader + UdpHeader), SocketFlags.None, ref from);
                Write(packet.AsSpan(0, IpHeader + UdpHeader + length), (IPEndPoint)from);
                _count++;
            }
            catch (SocketException)
            {
                // The receive time-out: look whether to stop.
            }
        }
    }

    private void Write(Span<byte> packet, IPEndPoint from)
    {
        packet[..(IpHeader + UdpHeader)].Clear();
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = 17;
        from.Address.TryWriteBytes(packet[12..], out _);
        IPAddress.Loopback.TryWriteBytes(packet[16..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(packet[IpHeader..], (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(packet[(IpHeader + 2)..], (ushort)_port);
        BinaryPrimitives.WriteUInt16BigEndian(packet[(IpHeader + 4)..], (ushort)(packet.Length - IpHeader));
        var nowNs = Stamp.NowNs();
        WriteWords((uint)(nowNs / 1_000_000_000), (uint)(nowNs % 1_000_000_000), (uint)packet.Length, (uint)packet.Length);
        _file.Write(packet);
    }

    private void WriteFileHeader() => WriteWords(NanosecondMagic, 0x0004_0002 /* version 2.4 */, 0, 0, 65_535, LinkTypeIpv4);

    private void WriteWords(params ReadOnlySpan<uint> words)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
            _file.Write(bytes);
        }
    }
}
