namespace Sluice.Flow;

/// <summary>How many replays an engine can have, and what they may take. All is made at start, and touched when it is used.</summary>
/// <param name="Count">Replays open at a time; 0 = none, and no thread for them.</param>
/// <param name="QuantumNs">How long a train of a replay may be.</param>
public sealed record ReplayLimits(int Count, long QuantumNs)
{
    /// <summary>No replays.</summary>
    public static readonly ReplayLimits None = new(0, 0);

    /// <summary>Slots for all replays together, a packet each: a replay at 5 Mbit/s holds about 170.</summary>
    public int Slots => Math.Max(SlotsMin, Count * SlotsPerReplay);

    /// <summary>How long before its delivery time a packet is read, ns: what the disk may take without anybody noticing.</summary>
    public long AheadNs { get; init; } = 300_000_000;

    /// <summary>How often a replay is looked at, ns: what a look costs is mostly bringing the replay's state into the processor's cache.</summary>
    public long LookNs { get; init; } = 100_000_000;

    private const int SlotsPerReplay = 512;
    private const int SlotsMin = 8_192;
}

/// <summary>What one replay is to do.</summary>
public sealed record ReplayPlan
{
    /// <summary>RTP clock of what is replayed, Hz.</summary>
    public required int ClockRate { get; init; }

    /// <summary>
    /// Delivery time on the monotonic clock minus <see cref="ReplayPacket.MediaNs"/>, ns: how a channel is sent offset in time. Null = the first
    /// packet leaves as soon as there is a client, and the rest as far from it as it lies on the source's line.
    /// </summary>
    public long? ShiftNs { get; init; }

    /// <summary>With whom it has its shift in common, instead of one of its own; null = with nobody.</summary>
    public ReplayTogether? Together { get; init; }

    /// <summary>
    /// By how much the line of its sender reports is ahead of that of delivery, ns: as on the feed that was stored, so that the tracks of a
    /// session stay together (see <see cref="FeedClock.Shift"/>).
    /// </summary>
    public long ReportShiftNs { get; init; }

    /// <summary>
    /// By how much the first packet is later than the line on which its track's reports are, ns, where another track's is not: a replay's line begins with
    /// one packet, which may be a picture that took long to encode, and a live feed's is what many said.
    /// </summary>
    public long FirstLagNs { get; init; }

    /// <summary>Media seconds a second: 1 as it was; 2 = twice as fast. The line of time is compressed from its first packet on.</summary>
    public double Rate { get; init; } = 1;

    /// <summary>
    /// Packets that are read ahead or wait for their last client, at most; rounded up to a power of two, 64 bytes each. A window is as large
    /// as it has needed to be. The default is enough for clients with a delay of half a second at 25 Mbit/s.
    /// </summary>
    public int WindowPackets { get; init; } = 2_048;

    /// <summary>
    /// Where its trains close; null = the engine's quantum. A channel at an offset has the channel's own grid, moved by the offset: its trains
    /// are then the same, and what is constant to the packet for a client of the channel is constant between the two.
    /// </summary>
    public TrainGrid? Grid { get; init; }

    /// <summary>Called once by the replay thread when the source has ended and the last packet has left; must not block.</summary>
    public Action? OnEnded { get; init; }
}
