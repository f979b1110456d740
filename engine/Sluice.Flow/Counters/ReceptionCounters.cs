namespace Sluice.Flow;

/// <summary>
/// What a receiver report says of one source (RFC 3550 §6.4.1). Written by its ingest thread, read by anyone: each field may be a packet
/// newer than the one before it.
/// </summary>
public sealed class ReceptionCounters
{
    public uint Ssrc, ExtendedHighest;

    /// <summary>In units of the clock rate.</summary>
    public uint JitterTicks;

    /// <summary>Packets since the source's last beginning: those that should have come and those that did.</summary>
    public long Expected, Received;
}
