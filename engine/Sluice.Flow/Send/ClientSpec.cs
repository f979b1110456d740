using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>How packets reach a client.</summary>
public enum ClientKind : byte
{
    /// <summary>RTP over UDP, unicast or multicast.</summary>
    RtpOverUdp,

    /// <summary>The bare payload (MPEG-TS) over UDP, unicast or multicast.</summary>
    RawOverUdp,

    /// <summary>RTP in RTSP interleaved frames on a stream connection (RFC 2326 §10.12).</summary>
    RtpFramed,

    /// <summary>Whole transport packets on a stream connection, with nothing around them (HTTP).</summary>
    TsStream,
}

/// <summary>
/// What the control plane decided for one client: everything that is constant for its life. The send loop copies what
/// it needs often into its columns.
/// </summary>
public sealed class ClientSpec
{
    public required ClientKind Kind { get; init; }

    /// <summary>Index of the feed.</summary>
    public required int Feed { get; init; }

    /// <summary>The constant added to every delivery time, ns.</summary>
    public required long DelayNs { get; init; }

    /// <summary>Synchronization source of the packets sent to this client.</summary>
    public uint Ssrc { get; init; }

    /// <summary>Where media goes, for the UDP kinds.</summary>
    public DatagramAddress Address { get; init; }

    /// <summary>Where sender reports go and receiver reports come from, for RTP over UDP.</summary>
    public DatagramAddress RtcpAddress { get; init; }

    /// <summary>Which of the send loop's egresses carries it, for the UDP kinds.</summary>
    public int Egress { get; init; }

    /// <summary>The connection's bytes, for clients on stream connections.</summary>
    public FrameRing? Frames { get; init; }

    /// <summary>Interleaved channel of RTP; RTCP has the next one unless <see cref="RtcpChannel"/> says otherwise.</summary>
    public byte RtpChannel { get; init; }

    public byte RtcpChannel { get; init; } = 1;

    /// <summary>Whether it begins at the feed's last random access point and catches up, where the feed's plan allows; never for a group.</summary>
    public bool StartsAtAccess { get; init; }

    /// <summary>Whether sender reports are sent.</summary>
    public bool Reports { get; init; } = true;

    /// <summary>Its right to have lost packets again; null = none.</summary>
    public RetransmitState? Retransmit { get; init; }

    /// <summary>Who reports on it.</summary>
    internal ReportingPeer Peer { get; private init; } = new();

    /// <summary>The client's counters, shared with the control plane.</summary>
    public ClientProgress Progress { get; private init; } = new();

    /// <summary>The same client on another feed: numbers, reports and counters go on.</summary>
    public ClientSpec On(int feed) => new()
    {
        Kind = Kind, Feed = feed, DelayNs = DelayNs, Ssrc = Ssrc, Address = Address, RtcpAddress = RtcpAddress, Egress = Egress, Frames = Frames,
        RtpChannel = RtpChannel, RtcpChannel = RtcpChannel, StartsAtAccess = StartsAtAccess, Reports = Reports, Retransmit = Retransmit,
        Peer = Peer, Progress = Progress,
    };
}

/// <summary>
/// What has become of one client. Written by its send thread, read by anyone; counters only grow.
/// </summary>
public sealed class ClientProgress
{
    /// <summary>Where the client's departures are counted; set by its send thread.</summary>
    internal BurstMeter? Departures;

    // Written with every message, so side by side: the runtime lays fields out by size and then in this order.
    public long Packets, Bytes;
    public long LastSentNs, FirstSentNs;
    private long _position;
    public long LeftLate, LateDropped, Overrun, SendErrors;
    public int LastErrno;

    /// <summary>The sequence number that the next packet will have: what a resumed PLAY continues, with <see cref="LastTimestamp"/>.</summary>
    public int NextSequence => (ushort)Volatile.Read(ref _position);

    /// <summary>The low half of the number that the next packet has on the client's feed: tells where in the store it would go on.</summary>
    public ushort NextFeedSequence
    {
        get
        {
            var position = Volatile.Read(ref _position);
            return (ushort)(position - (position >> 16));
        }
    }

    /// <summary>Its send loop has done every pause that it was asked for, so that the numbers above are final until the next play. Any thread.</summary>
    public bool IsHeld => Volatile.Read(ref HoldsDone) == Volatile.Read(ref HoldsAsked);

    /// <summary>Pauses asked for (the desk) and done (the send thread).</summary>
    internal int HoldsAsked, HoldsDone;

    /// <summary>The timestamp of the last packet; <see cref="LastSentNs"/> says when it left.</summary>
    public uint LastTimestamp => (uint)(Volatile.Read(ref _position) >> 32);

    // One word, so that its parts belong together: | last timestamp 32 | sequence offset 16 | next sequence 16 |
    internal void SetPosition(ushort nextSequence, ushort sequenceOffset, uint lastTimestamp) =>
        Volatile.Write(ref _position, (long)lastTimestamp << 32 | (uint)sequenceOffset << 16 | nextSequence);

    /// <summary>It will be written soon.</summary>
    internal void LookAhead()
    {
        Prefetch.Line(ref Packets);
        Prefetch.Line(ref _position);
    }

    /// <summary>Times that a reader of a stream was too slow and was set forward to the newest place where decoding can begin.</summary>
    public long Skips;

    /// <summary>When a skipping reader was last seen to be away, monotonic ns; 0 = it is not skipping.</summary>
    internal long SkippingSinceNs;

    /// <summary>From the client's receiver reports (RFC 3550 §6.4.2): cumulative loss, fraction lost in 1/256, jitter in timestamp units.</summary>
    public long ReportedLost;
    public int FractionLost;
    public uint ReportedJitter;

    /// <summary>Round trip from LSR and DLSR, ns; 0 until known.</summary>
    public long RoundTripNs;

    /// <summary>When the client was last heard, and when it last reported on our packets, monotonic ns; 0 never.</summary>
    public long LastHeardNs, LastReportNs;

    /// <summary>The bound peer said BYE (RFC 3550 §6.6).</summary>
    public bool SaidBye;
}
