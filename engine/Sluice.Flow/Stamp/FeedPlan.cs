namespace Sluice.Flow;

/// <summary>What gives packets their delivery time.</summary>
public enum PaceMode
{
    /// <summary>The instant they arrived (default).</summary>
    Arrival,

    /// <summary>The RTP timestamp: packets of one timestamp are spread evenly up to the next one.</summary>
    RtpClock,

    /// <summary>The program clock reference of the transport stream, interpolated between its samples by bytes.</summary>
    Pcr,
}

/// <summary>One feed's settings.</summary>
/// <param name="Name">The channel's name.</param>
/// <param name="Pace">What gives packets their delivery time.</param>
/// <param name="BufferNs">For the media clocks: how far behind arrival the feed runs, and the longest a packet waits for a clock sample.</param>
/// <param name="QuantumNs">How long a train may be; 0 sends every packet on its own.</param>
/// <param name="LeadNs">How long before its delivery time a packet is known at least (the reorder window of its sources).</param>
/// <param name="ClockRate">RTP clock rate in Hz; 0 until it is known.</param>
/// <param name="Stored">Whether payloads go to the store.</param>
public sealed record FeedPlan(string Name, PaceMode Pace, long BufferNs, long QuantumNs, long LeadNs, int ClockRate, bool Stored)
{
    /// <summary>How long after its departure a packet may be asked for again, ns; 0 = never, and nothing is kept for it.</summary>
    public long RetransmitNs { get; init; }

    /// <summary>Set when the feed has no source of its own but is made from another feed.</summary>
    public ShapingPlan? Shaping { get; init; }

    /// <summary>How clients may begin at a random access point; null (default): all begin live.</summary>
    public StartPlan? Start { get; init; }
}
