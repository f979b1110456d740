using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Tests.Kit.Rtp;

/// <summary>How a <see cref="StampedSender"/> sends: its rate, and how many packets leave back to back (1 = evenly).</summary>
internal sealed record SendPlan(double PacketsPerSecond, int Burst = 1)
{
    public uint StreamId { get; init; } = 1;
    public uint Ssrc { get; init; } = 0x1234_5678;
    public ushort FirstSequence { get; init; } = 65_000;   // wraps soon: a test that runs a few seconds sees it
    public uint FirstTimestamp { get; init; } = 0xFFFF_0000;

    /// <summary>RTP (payload type 33) or the bare TS packets.</summary>
    public bool Rtp { get; init; } = true;
}

/// <summary>
/// Sends 7 TS null packets a datagram at a constant rate or in bursts, each payload with its <see cref="Stamp"/>. The RTP timestamp
/// is 90 kHz of the time at which the packet was planned. One thread; late by the scheduler's grain, never fast.
/// </summary>
internal sealed class StampedSender : IDisposable
{
    public const int PayloadSize = 7 * TsPacketSize;
    private const int HeaderSize = 12, TsPacketSize = 188;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly SendPlan _plan;
    private readonly SocketAddress _to;
    private readonly byte[] _datagram = new byte[HeaderSize + PayloadSize];
    private readonly Thread _thread;
    private volatile bool _stopping;
    private volatile int _sent;

    public StampedSender(IPEndPoint to, SendPlan plan)
    {
        (_plan, _to) = (plan, to.Serialize());
        _socket.SendBufferSize = 4 << 20;
        _socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());
        for (var at = HeaderSize; at < _datagram.Length; at += TsPacketSize) WriteNullTsPacket(_datagram.AsSpan(at, TsPacketSize));
        _thread = new Thread(Run) { IsBackground = true, Name = "kit-sender", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>How many packets have left; their stamps carry the indexes 0 … Sent − 1.</summary>
    public int Sent => _sent;

    /// <summary>While true what is planned is not sent: a hole in the stream, of packets and of time.</summary>
    public bool IsSilent { get => _isSilent; set => _isSilent = value; }
    private volatile bool _isSilent;

    /// <summary>Stops and says how many packets left.</summary>
    public int Stop()
    {
        _stopping = true;
        _thread.Join();
        return _sent;
    }

    public void Dispose()
    {
        Stop();
        _socket.Dispose();
    }

    private void Run()
    {
        var clock = Stopwatch.StartNew();
        while (!_stopping)
        {
            var burstsDue = (int)(clock.Elapsed.TotalSeconds * _plan.PacketsPerSecond / _plan.Burst) + 1;
            while (_sent < burstsDue * _plan.Burst)
            {
                if (_isSilent) _sent++;
                else SendOne(_sent);
            }
            Thread.Sleep(1);
        }
    }

    private void SendOne(int index)
    {
        var plannedSeconds = index / _plan.Burst * _plan.Burst / _plan.PacketsPerSecond;
        var header = _datagram.AsSpan();
        header[0] = 0x80;
        header[1] = 33;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(_plan.FirstSequence + index));
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], _plan.FirstTimestamp + (uint)(long)(plannedSeconds * 90_000));
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], _plan.Ssrc);
        new Stamp(_plan.StreamId, index, Stamp.NowNs()).Write(_datagram.AsSpan(HeaderSize));
        _socket.SendTo(_datagram.AsSpan(_plan.Rtp ? 0 : HeaderSize), SocketFlags.None, _to);
        _sent = index + 1;
    }

    // ISO/IEC 13818-1 §2.4.3.2: sync byte, PID 0x1FFF, payload only.
    private static void WriteNullTsPacket(Span<byte> packet)
    {
        packet.Fill(0xFF);
        packet[0] = 0x47;
        packet[1] = 0x1F;
        packet[2] = 0xFF;
        packet[3] = 0x10;
    }
}
