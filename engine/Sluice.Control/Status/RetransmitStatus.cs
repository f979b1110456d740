namespace Sluice.Control.Status;

/// <summary>What became of packets that were asked for again. All counters only grow.</summary>
public sealed record RetransmitStatus
{
    /// <summary>Sent again.</summary>
    public long Answered { get; init; }

    /// <summary>Asked for later than they are kept, or never there.</summary>
    public long TooOld { get; init; }

    /// <summary>Asked for before they were sent to this client, or from before it joined.</summary>
    public long NotSent { get; init; }

    /// <summary>Asked for again within a round trip of the answer.</summary>
    public long Repeated { get; init; }

    /// <summary>Over the share of the media rate that one client has, or the socket had no room.</summary>
    public long RateLimited { get; init; }
}
