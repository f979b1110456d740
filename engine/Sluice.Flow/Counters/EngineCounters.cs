namespace Sluice.Flow;

/// <summary>
/// What one source has received and refused, by reason. Written by its ingest thread, read by anyone: each field is
/// a 64-bit counter that only grows, so a reader may see it a moment late but never wrong.
/// </summary>
public sealed class SourceCounters
{
    public long Packets, Bytes;
    public long Lost, Duplicates, Reordered, Late;
    public long Malformed, WrongPayloadType, ForeignSender, Probation, Jumps, NotTransportStream;
    public long Restarts, SsrcChanges;

    /// <summary>Our own output that came back (RFC 3550 §8.2).</summary>
    public long Looped;
    public long Oversize, KernelDrops, SlabFull, HandOverFull, ReceiveErrors;

    /// <summary>Memberships made again: because the source was silent, and because its device came back.</summary>
    public long Rejoins, LinkRejoins;

    /// <summary>
    /// Packets asked for again, repeats included; come back; not come back in time; and retransmissions of what was not missing. The smoothed
    /// time from asking to the packet.
    /// </summary>
    public long Asked, Recovered, GivenUp, RtxIgnored, AnswerNs;

    /// <summary>Written by the feedback loop: compounds with a NACK, reports without one, what could not be sent, what was no RTCP of the sender's.</summary>
    public long NacksSent, ReportsSent, FeedbackErrors, FeedbackForeign;

    public long LastPacketNs;
    public int LastErrno;
}

/// <summary>What one feed has done. Written by its stamp thread.</summary>
public sealed class FeedCounters
{
    public long Packets, Bytes, Trains, Departures;
    public long WindowFull, Standby, Unpaced, ClockResets, StoreBehind, Discontinuities;
    public long Clients;
    public long LastPacketNs;

    /// <summary>Random access points seen, and the delivery time of the last one.</summary>
    public long AccessPoints, LastAccessNs;
}

/// <summary>What one send loop has done. Written by its send thread.</summary>
public sealed class SendCounters
{
    public long Packets, Bytes, Messages, Batches;
    public long LeftLate, LateDropped, WindowOverrun, FrameRingFull, StreamSkips, NotTransportStream;
    /// <summary>Packets dropped because the socket had no room for them in time.</summary>
    public long AgedOut;

    public long SocketFull, TooLong, Unreachable, Refused, Forbidden, Faults, OtherErrors, SegmentationOff;
    public long Reports, ReportsReceived, ReportsMalformed, ReportsUnknown;

    /// <summary>Refused: over the rate, from another SSRC than the bound one, a BYE that is not the bound peer's.</summary>
    public long ReportsLimited, ReportsForeign, ByesIgnored;

    /// <summary>Generic NACKs from clients that may ask, and packets sent again for them.</summary>
    public long NacksReceived, Retransmitted;
    public long Passes;

    /// <summary>
    /// Clients that began at an access point; that were to and found none; that reached their own place; and how often one lost
    /// packets on its way, because they were kept no longer.
    /// </summary>
    public long InstantStarts, LiveStarts, CaughtUp, LostPlace;

    public long LastErrno;
}
