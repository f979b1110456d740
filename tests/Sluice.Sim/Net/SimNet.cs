using System.Net;
using Sluice.Linux;

namespace Sluice.Sim;

/// <summary>
/// The network around the engine: receive buffers of the sources, and the way out to the players, with the errors that a
/// kernel would give. Everything that a player gets goes through its checks at once.
/// </summary>
public sealed class SimNet
{
    private const int FirstPort = 10_000;
    private static readonly DatagramAddress SenderAddress = DatagramAddress.From(IPAddress.Parse("10.0.0.7"), 5000);
    private static readonly DatagramAddress ForeignAddress = DatagramAddress.From(IPAddress.Parse("10.0.0.66"), 5000);
    private static readonly IPAddress PlayerHost = IPAddress.Parse("10.1.0.1");

    private readonly byte[] _scratch = new byte[DatagramWriter.DatagramMax];
    private readonly InboundQueue[] _inbound;
    private readonly SourceTrack[] _tracks;
    private readonly long[] _blockedUntilNs;
    private readonly int[] _suspectErrno;
    private readonly long[] _previousPass;
    private readonly long[] _currentPass;
    private readonly Queue<(int Player, byte[] Bytes, long ArrivalNs)>[] _reports;
    private readonly Chance _chance;

    public SimNet(int sources, int sendLoops, Chance chance)
    {
        (_inbound, _tracks) = (new InboundQueue[sources], new SourceTrack[sources]);
        for (var i = 0; i < sources; i++)
            (_inbound[i], _tracks[i]) = (new InboundQueue(), new SourceTrack());
        (_blockedUntilNs, _suspectErrno, _chance) = (new long[sendLoops], new int[sendLoops], chance);
        (_previousPass, _currentPass) = (new long[sendLoops], new long[sendLoops]);
        _reports = [.. Enumerable.Range(0, sendLoops).Select(_ => new Queue<(int, byte[], long)>())];
    }

    /// <summary>Virtual time.</summary>
    public long NowNs { get; set; }

    /// <summary>Counts the loops' passes: what was posted at one step is heard in the next.</summary>
    public long Step { get; set; }

    /// <summary>The step of the pass before the current one, by send loop: what was posted before it has been heard.</summary>
    public long HeardUpTo(int sendLoop) => _previousPass[sendLoop];

    /// <summary>A send loop begins a pass.</summary>
    public void OnSendPass(int sendLoop) => (_previousPass[sendLoop], _currentPass[sendLoop]) = (_currentPass[sendLoop], Step);

    public CheckContext Context { get; set; } = null!;
    public PlayerTable Players { get; set; } = null!;
    public MediaCheck Media { get; set; } = null!;
    public ReportCheck Reports { get; set; } = null!;

    public SourceTrack Track(int source) => _tracks[source];

    public InboundQueue Inbound(int source) => _inbound[source];

    public static DatagramAddress MediaAddress(int player) => DatagramAddress.From(PlayerHost, FirstPort + 2 * player);

    public static DatagramAddress ReportAddress(int player) => DatagramAddress.From(PlayerHost, FirstPort + 2 * player + 1);

    /// <summary>From now on a send loop's socket has no room, until then.</summary>
    public void Block(int sendLoop, long untilNs) => _blockedUntilNs[sendLoop] = untilNs;

    // A kernel stamps what it takes in, whatever time the reader believes it is.
    internal int Receive(int source, ReceiveBatch batch)
    {
        var queue = _inbound[source];
        var count = 0;
        for (; count < batch.Limit && queue.Count > 0; count++)
        {
            ref readonly var packet = ref queue.Take();
            var length = DatagramWriter.Write(_scratch, in packet);
            batch.Deliver(count, _scratch.AsSpan(0, length), packet.ArrivalNs, packet.Garbage == Garbage.ForeignSender ? ForeignAddress : SenderAddress);
            if (packet.Garbage == Garbage.None)
                _tracks[source].OnArrival(packet.Id, packet.ArrivalNs);
        }
        return count;
    }

    /// <summary>A player's RTCP comes to a send loop's port.</summary>
    public void Report(int sendLoop, int player, ReadOnlySpan<byte> bytes) => _reports[sendLoop].Enqueue((player, bytes.ToArray(), NowNs));

    internal int ReceiveReports(int sendLoop, ReceiveBatch batch)
    {
        var count = 0;
        for (; count < batch.Limit && _reports[sendLoop].TryDequeue(out var report); count++)
            batch.Deliver(count, report.Bytes, report.ArrivalNs, ReportAddress(report.Player));
        return count;
    }

    internal int Send(int sendLoop, SendBatch batch, int first)
    {
        if (_suspectErrno[sendLoop] is var suspect && suspect != 0)
        {
            _suspectErrno[sendLoop] = 0;
            return Refuse(suspect);
        }
        if (NowNs < _blockedUntilNs[sendLoop])
            return Refuse(Errno.EAGAIN);
        for (var message = first; message < batch.MessageCount; message++)
        {
            var player = PlayerOf(in batch.To(message));
            var errno = Players.HasFaults ? Players.ErrnoOf(player, batch.PacketsIn(message), NowNs, _chance) : 0;
            if (errno == 0)
                Deliver(batch, message, player);
            else if (message == first)
                return Refuse(errno);
            else
            {
                _suspectErrno[sendLoop] = errno;
                return message - first;
            }
        }
        return batch.MessageCount - first;
    }

    // A socket without room holds up everybody behind it, for as long as the engine keeps trying.
    private int Refuse(int errno)
    {
        if (errno is Errno.EAGAIN or Errno.ENOBUFS)
            Context.DisturbByFullSocket();
        return -errno;
    }

    internal int SendSingly(SendBatch batch, int message, Span<int> results)
    {
        var player = PlayerOf(in batch.To(message));
        var sent = 0;
        for (var i = 0; i < batch.PacketsIn(message); i++)
        {
            var errno = Players.HasFaults ? Players.ErrnoOf(player, 1, NowNs, _chance) : 0;
            results[i] = errno == 0 ? batch.Header(message, i).Length + batch.Payload(message, i).Length : -errno;
            if (errno != 0)
                continue;
            sent++;
            Media.OnDatagram(player, batch.Header(message, i), batch.Payload(message, i));
        }
        return sent;
    }

    internal int SendReport(in DatagramAddress to, ReadOnlySpan<byte> bytes)
    {
        Reports.OnCompound(PlayerOf(in to), bytes);
        return bytes.Length;
    }

    private void Deliver(SendBatch batch, int message, int player)
    {
        var packets = batch.PacketsIn(message);
        for (var i = 0; i < packets; i++)
        {
            var header = batch.Header(message, i);
            var payload = batch.Payload(message, i);
            if (packets > 1)
                CheckSegment(header.Length + payload.Length, batch.SegmentSize(message), isLast: i == packets - 1);
            Media.OnDatagram(player, header, payload);
        }
    }

    // udp(7), UDP_SEGMENT: the kernel cuts at the segment size, so any other length would arrive as other datagrams.
    private static void CheckSegment(int length, int segmentSize, bool isLast)
    {
        if (length > segmentSize || (length < segmentSize && !isLast))
            throw new BrokenPromiseException($"a packet of {length} bytes in a train of segments of {segmentSize}");
    }

    private static int PlayerOf(in DatagramAddress address) => (address.Port - FirstPort) >> 1;
}
