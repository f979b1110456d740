using Sluice.Linux;
using Sluice.Wire.Rtcp;

namespace Sluice.Flow;

/// <summary>
/// Receiver reports and BYEs that come back to an egress. A report counts only when it comes from the address that the
/// client's reports go to and speaks of the client's SSRC (reliability.md X6). Owned by the send thread.
/// </summary>
internal sealed class ReportReader<TSocket> : IDisposable where TSocket : struct, IDatagramSocket
{
    private const int BatchMax = 32;
    private const int DatagramMax = 1_500;
    private const int BatchesPerPass = 4;

    private readonly ReceiveBatch _batch = new(BatchMax);
    private readonly NativeBuffer _memory = new((long)BatchMax * DatagramMax, prefault: true);
    private readonly Dictionary<DatagramAddress, ClientSpec> _byAddress;
    private readonly SendCounters _counters;
    private readonly EngineClock _clock;

    public ReportReader(int clientsMax, SendCounters counters, EngineClock clock)
    {
        (_counters, _clock) = (counters, clock);
        _byAddress = new Dictionary<DatagramAddress, ClientSpec>(clientsMax);
        for (var i = 0; i < BatchMax; i++)
            _batch.SetBuffer(i, _memory.Address + i * DatagramMax, DatagramMax);
    }

    public void Add(ClientSpec client)
    {
        if (client.Kind == ClientKind.RtpOverUdp)
            _byAddress[client.RtcpAddress] = client;
    }

    public void Remove(ClientSpec client)
    {
        if (_byAddress.TryGetValue(client.RtcpAddress, out var known) && ReferenceEquals(known, client))
            _byAddress.Remove(client.RtcpAddress);
    }

    public int Read(TSocket socket, MonotonicTime now)
    {
        var total = 0;
        for (var round = 0; round < BatchesPerPass; round++)
        {
            var received = socket.ReceiveBatch(_batch, now);
            for (var i = 0; i < received; i++)
                Take(NativeSpan.ReadOnly(_memory.Address + i * DatagramMax, _batch.Length(i)), _batch.From(i), now);
            total += Math.Max(received, 0);
            if (received < BatchMax)
                break;
        }
        return total;
    }

    public void Dispose()
    {
        _batch.Dispose();
        _memory.Dispose();
    }

    private void Take(ReadOnlySpan<byte> datagram, in DatagramAddress from, MonotonicTime now)
    {
        if (!RtcpCompound.TryParse(datagram, out var compound))
            _counters.ReportsMalformed++;
        else if (!_byAddress.TryGetValue(from, out var client))
            _counters.ReportsUnknown++;
        else
        {
            client.Peer.Observe(datagram.Length + ReportTimer.HeaderBytes);
            ClientReports.Take(compound, client, _counters, now, _clock.WallMinusMonotonicNs);
        }
    }
}
