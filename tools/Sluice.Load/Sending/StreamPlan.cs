using Sluice.Linux;

namespace Sluice.Load.Sending;

/// <summary>Faults that a sender makes on purpose; probabilities 0 to 1, all drawn from the stream's seed.</summary>
public sealed record FaultPlan
{
    public static FaultPlan None { get; } = new();

    public double Loss { get; init; }
    public double Duplicate { get; init; }

    /// <summary>Probability that a packet is held back until two later ones have passed it.</summary>
    public double Reorder { get; init; }

    /// <summary>Instants from the start at which only the SSRC changes, ascending.</summary>
    public IReadOnlyList<long> SsrcChangeAtNs { get; init; } = [];

    /// <summary>Instants at which the sender falls silent and begins anew: SSRC, sequence number, timestamp, source port. Ascending.</summary>
    public IReadOnlyList<long> RestartAtNs { get; init; } = [];

    /// <summary>Length of the silence before a restart.</summary>
    public long RestartGapNs { get; init; } = 500_000_000;
}

/// <summary>How one stream is sent, whatever its packets are.</summary>
public sealed record StreamPlan(DatagramAddress To)
{
    /// <summary>RTP with payload type 33 (RFC 2250), or the transport packets alone.</summary>
    public bool Rtp { get; init; } = true;
    public int Seed { get; init; } = 1;
    public uint? Ssrc { get; init; }
    public ushort? FirstSequence { get; init; }
    public uint? FirstTimestamp { get; init; }

    /// <summary>How much later than the run the stream starts.</summary>
    public long PhaseNs { get; init; }

    /// <summary>Checksum over the whole payload; false covers the stamp alone, for the highest rates.</summary>
    public bool ChecksumWhole { get; init; } = true;
    public FaultPlan Faults { get; init; } = FaultPlan.None;
}
