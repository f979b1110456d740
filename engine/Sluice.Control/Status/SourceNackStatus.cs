namespace Sluice.Control.Status;

/// <summary>What a source's sender was asked for again. All counters only grow.</summary>
public sealed record SourceNackStatus
{
    /// <summary>NACKs sent: RTCP compounds that name lost packets.</summary>
    public long Sent { get; init; }

    /// <summary>Packets asked for, repeats included.</summary>
    public long Asked { get; init; }

    /// <summary>Packets that came after they had been asked for, in time.</summary>
    public long Recovered { get; init; }

    /// <summary>Packets that were asked for and did not come in time.</summary>
    public long GivenUp { get; init; }

    /// <summary>Retransmissions (RTX) of packets that were not missing; dropped.</summary>
    public long Ignored { get; init; }

    /// <summary>Receiver reports sent without a NACK.</summary>
    public long Reports { get; init; }

    /// <summary>Compounds that the kernel did not send.</summary>
    public long Errors { get; init; }

    /// <summary>Datagrams on the RTCP port that were no RTCP of the sender's; dropped.</summary>
    public long Foreign { get; init; }

    /// <summary>From asking to the packet, smoothed; null before the first answer.</summary>
    public double? AnswerMs { get; init; }
}
