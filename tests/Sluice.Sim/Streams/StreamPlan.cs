namespace Sluice.Sim;

/// <summary>What one simulated source sends.</summary>
public sealed record StreamPlan
{
    /// <summary>The source's number in the engine's plan.</summary>
    public int Index { get; init; }
    public bool IsRaw { get; init; }

    /// <summary>Groups a second: packets of a group leave together (a video frame), 1 packet a group is a constant rate.</summary>
    public int GroupsPerSecond { get; init; } = 100;
    public int PacketsPerGroup { get; init; } = 1;

    /// <summary>TS packets of a datagram; 0 varies from packet to packet.</summary>
    public int TsPackets { get; init; } = 1;
    public bool HasExtension { get; init; }

    /// <summary>A random access point every so many packets, PAT and PMT in a packet some way before it; 0 = none.</summary>
    public int GopPackets { get; init; }

    /// <summary>How many packets the tables lie before the access point.</summary>
    public const int TablesBefore = 3;

    public bool IsAccess(long id) => GopPackets > 0 && id % GopPackets == 0;

    public bool HasTables(long id) => GopPackets > 0 && (id + TablesBefore) % GopPackets == 0;

    /// <summary>How fast the sender's clock runs against ours.</summary>
    public double DriftPpm { get; init; }

    public long StartNs { get; init; }
    public long StopNs { get; init; } = long.MaxValue;

    /// <summary>In this time everything that is sent gets lost.</summary>
    public long SilentFromNs { get; init; } = long.MaxValue;
    public long SilentToNs { get; init; } = long.MaxValue;

    /// <summary>Instants at which the sender begins anew, and whether with another SSRC.</summary>
    public IReadOnlyList<(long AtNs, bool NewSsrc)> Restarts { get; init; } = [];

    public ushort FirstSequence { get; init; }
    public uint FirstTimestamp { get; init; }
    public long FirstPcr { get; init; }
    public uint Ssrc { get; init; } = 0x5157_0001;

    public double PacketsPerSecond => (double)GroupsPerSecond * PacketsPerGroup;

    public override string ToString() =>
        $"{(IsRaw ? "raw" : "rtp")} {GroupsPerSecond}x{PacketsPerGroup}/s ts{TsPackets} {DriftPpm:F0}ppm "
        + $"seq{FirstSequence} restarts{Restarts.Count}{(SilentFromNs == long.MaxValue ? "" : " silent")}{(HasExtension ? " ext" : "")} gop{GopPackets}";
}
