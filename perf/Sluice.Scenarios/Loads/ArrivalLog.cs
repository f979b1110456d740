using System.Net;
using Sluice.Linux;
using Sluice.Scenarios.Runner;
using Sluice.Wire.Rtp;

namespace Sluice.Scenarios.Loads;

/// <summary>When each RTP packet came to one port, by the kernel's clock; read by one thread.</summary>
internal sealed class ArrivalLog : IDisposable
{
    private const int BatchMax = 64, SlotBytes = 2_048;
    private readonly DatagramSocket _socket;
    private readonly ReceiveBatch _batch = new(BatchMax);
    private readonly NativeBuffer _memory = new(BatchMax * SlotBytes, prefault: true);
    private ushort _last;

    public ArrivalLog(int port)
    {
        var options = new DatagramSocketOptions { BindAddress = IPAddress.Loopback, Port = port, ReceiveBufferBytes = 8 << 20 };
        if (!DatagramSocket.TryOpen(options, out _socket, out var error))
            throw new InvalidOperationException(error.Message);
        for (var i = 0; i < BatchMax; i++)
            _batch.SetBuffer(i, _memory.Address + i * SlotBytes, SlotBytes);
    }

    /// <summary>Monotonic ns, in the order of arrival.</summary>
    public List<long> ArrivalsNs { get; } = new(400_000);

    /// <summary>Packets that did not follow the one before them by their number.</summary>
    public long Gaps { get; private set; }

    public void Read()
    {
        for (int received; (received = _socket.ReceiveBatch(_batch, SystemClock.Now)) > 0;)
            for (var i = 0; i < received; i++)
                Take(_memory.Slice(i * SlotBytes, _batch.Length(i)), _batch.ArrivalNs(i));
    }

    public void Dispose()
    {
        _socket.Dispose();
        _batch.Dispose();
        _memory.Dispose();
    }

    private void Take(ReadOnlySpan<byte> datagram, long arrivalNs)
    {
        if (!RtpPacket.TryParse(datagram, out var packet))
            return;
        Gaps += ArrivalsNs.Count > 0 && packet.SequenceNumber != (ushort)(_last + 1) ? 1 : 0;
        _last = packet.SequenceNumber;
        ArrivalsNs.Add(arrivalNs);
    }
}
