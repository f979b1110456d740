using Sluice.Linux;
using Sluice.Wire.Rtcp;

namespace Sluice.Flow;

/// <summary>
/// When the next compound of each row is due, by the rules of RFC 3550 §6.3: a random interval around what 5 % of the session's
/// bandwidth allows, at least five seconds, considered anew when it is over. Our sessions have two known members, this sender and
/// its receiver (a group counts as one: its receivers' reports do not reach us). Owned by the send thread.
/// </summary>
internal sealed class ReportTimer(int rows, ulong seed)
{
    /// <summary>RFC 3550 §6.2: UDP and IPv4 headers count.</summary>
    public const int HeaderBytes = 28;

    /// <summary>RFC 3550 §6.2: RTCP's share of the session bandwidth.</summary>
    private const double RtcpShare = 0.05;

    /// <summary>Media that pauses does not make its session's bandwidth nothing: 64 kbit/s is the least that is planned for.</summary>
    private const double BytesPerSecondMin = 8_000;
    private const long NsPerSecond = 1_000_000_000;

    private struct Row
    {
        public long PreviousNs;                      // tp of §6.3: the last report, or the start
        public long Bytes;                           // sent by then
        public long Packets, PacketsBefore;          // sent by the last report and by the one before it
        public double BytesPerSecond;
        public bool HasReported;
    }

    private readonly Row[] _rows = new Row[rows];
    private ulong _random = seed | 1;

    /// <summary>
    /// A client begins. To one receiver the first report may go at once (RFC 3550 §6.2: "for unicast sessions … the delay before
    /// sending the initial compound RTCP packet MAY be zero"): it goes after 0.25 to 0.75 s, so that thousands that join together
    /// are not reported together, and a player can relate its streams soon.
    /// </summary>
    public long StartDueNs(int row, ClientSpec client, MonotonicTime now)
    {
        _rows[row] = new Row { PreviousNs = now.Ns, Bytes = client.Progress.Bytes, Packets = client.Progress.Packets, PacketsBefore = client.Progress.Packets };
        return client.Address.IsMulticast ? now.Ns + NextIntervalNs(row, client) : now.Ns + (long)((NextFraction() + 0.5) * NsPerSecond / 2);
    }

    /// <summary>
    /// The timer went off. RFC 3550 §6.3.6, reconsideration: the interval is drawn again, and only when that one is over too is a
    /// report sent; otherwise <paramref name="dueNs"/> says when to look again.
    /// </summary>
    public bool MaySend(int row, ClientSpec client, MonotonicTime now, out long dueNs)
    {
        ref var state = ref _rows[row];
        dueNs = 0;
        if (!state.HasReported && !client.Address.IsMulticast)
            return true;
        dueNs = state.PreviousNs + NextIntervalNs(row, client);
        return dueNs <= now.Ns;
    }

    /// <summary>A report of so many bytes has left; says when the next is due.</summary>
    public long NextDueNs(int row, ClientSpec client, int bytes, MonotonicTime now)
    {
        ref var state = ref _rows[row];
        client.Peer.Observe(bytes + HeaderBytes);
        var progress = client.Progress;
        var elapsedNs = Math.Max(now.Ns - state.PreviousNs, 1);
        state.BytesPerSecond = (progress.Bytes - state.Bytes) * (double)NsPerSecond / elapsedNs;
        (state.Bytes, state.PacketsBefore, state.Packets) = (progress.Bytes, state.Packets, progress.Packets);
        (state.PreviousNs, state.HasReported) = (now.Ns, true);
        return now.Ns + NextIntervalNs(row, client);
    }

    /// <summary>RFC 3550 §6.4: a sender report only when media left since the last report or the one before it.</summary>
    public bool IsSender(int row, ClientSpec client) => client.Progress.Packets != _rows[row].PacketsBefore;

    private long NextIntervalNs(int row, ClientSpec client)
    {
        ref readonly var state = ref _rows[row];
        var weSent = IsSender(row, client);
        var session = new RtcpInterval.Session(
            Members: 2, Senders: weSent ? 1 : 0,
            RtcpBytesPerSecond: RtcpShare * Math.Max(state.BytesPerSecond, BytesPerSecondMin),
            AveragePacketBytes: client.Peer.AverageBytes, WeSent: weSent, IsInitial: !state.HasReported);
        return (long)(RtcpInterval.Seconds(in session, NextFraction()) * NsPerSecond);
    }

    // xorshift64 (Marsaglia 2003): chance for spreading reports, not for secrets.
    private double NextFraction()
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return (_random >> 11) * (1.0 / (1UL << 53));
    }
}
