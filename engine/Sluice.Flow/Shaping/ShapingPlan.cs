namespace Sluice.Flow;

/// <summary>How one feed of MPEG-TS is made from another: cut into datagrams of another size, without null packets, or padded to a constant rate.</summary>
/// <param name="From">Index of the feed that it is made from; smaller than the index of the feed that is made.</param>
/// <param name="TsPackets">Transport packets of a datagram, 1 to 7.</param>
/// <param name="RemoveNulls">Leave null packets out.</param>
/// <param name="CbrBitsPerSecond">The constant rate of the transport stream; 0 = as it comes.</param>
public sealed record ShapingPlan(int From, int TsPackets, bool RemoveNulls, long CbrBitsPerSecond)
{
    /// <summary>
    /// How long after its own time a packet leaves at a constant rate: a slot is known only when the next clock reference has come,
    /// and those may be 100 ms apart (ISO/IEC 13818-1 §2.7.2).
    /// </summary>
    public const long CbrDelayNs = 150_000_000;

    /// <summary>What the shaping adds to the way of a packet.</summary>
    public long DelayNs => CbrBitsPerSecond > 0 ? CbrDelayNs : 0;
}

/// <summary>What one shaped feed did to its stream. Written by the stamp thread; counts transport packets.</summary>
public sealed class ShapingCounters
{
    public long NullsRemoved, NullsAdded;

    /// <summary>Datagrams that are not whole transport packets.</summary>
    public long NotTransportStream;

    /// <summary>Dropped, because the stream is faster than the constant rate that it was given.</summary>
    public long OverRate;

    /// <summary>Dropped, because no clock reference came that would have given them their time.</summary>
    public long NoClock;

    /// <summary>Times that the stream's clock began anew.</summary>
    public long ClockBreaks;

    /// <summary>Datagrams dropped, because too many wait for their last client.</summary>
    public long SlotsFull;
}
