using Sluice.Load.Receiving;
using Sluice.Load.Reporting;

namespace Sluice.Load.Commands;

/// <summary>Everything that <c>sluice-load receive</c> was told, already checked.</summary>
internal sealed record ReceiveSettings
{
    /// <summary>Plain UDP; null when <see cref="Rtsp"/> is set.</summary>
    public ReceivePlan? Udp { get; init; }
    public Rtsp.CrowdPlan? Rtsp { get; init; }
    public required string Command { get; init; }
    public long DurationNs { get; init; } = long.MaxValue;

    /// <summary>Stop when nothing has come for so long after the first packet.</summary>
    public long? IdleNs { get; init; }
    public long WarmupNs { get; init; }
    public double MediaBitsPerSecond { get; init; }
    public Bounds Bounds { get; init; } = new();
    public bool PerClient { get; init; }
    public int? Core { get; init; }
    public string? Json { get; init; }
    public bool PerMs { get; init; }
    public bool Quiet { get; init; }
}
