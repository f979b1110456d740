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
    private readonly Dictionary<DatagramAddress, (int Row, ClientSpec Client)> _byAddress;
    private readonly ClientTable _clients;
    private readonly Retransmitter<TSocket> _retransmitter;
    private readonly SendCounters _counters;
    private readonly EngineClock _clock;

    public ReportReader(ClientTable clients, Retransmitter<TSocket> retransmitter, SendCounters counters, EngineClock clock)
    {
        (_clients, _retransmitter, _counters, _clock) = (clients, retransmitter, counters, clock);
        _byAddress = new Dictionary<DatagramAddress, (int Row, ClientSpec Client)>(clients.Capacity);
        for (var i = 0; i < BatchMax; i++)
            _batch.SetBuffer(i, _memory.Address + i * DatagramMax, DatagramMax);
    }

    public void Add(int row, ClientSpec client)
    {
        if (client.Kind == ClientKind.RtpOverUdp)
            _byAddress[client.RtcpAddress] = (row, client);
    }

    public void Remove(ClientSpec client)
    {
        if (_byAddress.TryGetValue(client.RtcpAddress, out var known) && ReferenceEquals(known.Client, client))
            _byAddress.Remove(client.RtcpAddress);
    }

    /// <summary>Everything that waits, within bounds; NACKs are answered into the egress's batch.</summary>
    public int Read(Egress<TSocket> egress, MonotonicTime now)
    {
        var total = 0;
        for (var round = 0; round < BatchesPerPass; round++)
        {
            var received = egress.Rtcp.ReceiveBatch(_batch, now);
            for (var i = 0; i < received; i++)
                Take(NativeSpan.ReadOnly(_memory.Address + i * DatagramMax, _batch.Length(i)), _batch.From(i), egress, now);
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

    private void Take(ReadOnlySpan<byte> datagram, in DatagramAddress from, Egress<TSocket> egress, MonotonicTime now)
    {
        if (!RtcpCompound.TryParse(datagram, out var compound))
        {
            _counters.ReportsMalformed++;
            return;
        }
        if (!_byAddress.TryGetValue(from, out var known))
        {
            _counters.ReportsUnknown++;
            return;
        }
        known.Client.Peer.Observe(datagram.Length + ReportTimer.HeaderBytes);
        if (ClientReports.Take(compound, known.Client, _counters, now, _clock.WallMinusMonotonicNs) && known.Client.Retransmit is not null)
            AnswerNacks(compound, known.Row, known.Client, egress, now);
    }

    private void AnswerNacks(in RtcpCompound compound, int row, ClientSpec client, Egress<TSocket> egress, MonotonicTime now)
    {
        foreach (var packet in compound)
            if (GenericNack.TryRead(packet, out var nack) && nack.MediaSsrc == client.Ssrc && client.Peer.IsBoundTo(nack.SenderSsrc))
                _retransmitter.Answer(ref _clients[row], nack, egress, now);
    }
}
