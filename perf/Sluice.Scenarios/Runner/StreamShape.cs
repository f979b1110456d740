namespace Sluice.Scenarios.Runner;

/// <summary>A stream as the sender makes it.</summary>
/// <param name="BitsPerSecond">Of payload.</param>
/// <param name="Burst">Packets that are sent at once; 1 is a constant rate.</param>
internal sealed record StreamShape(double BitsPerSecond, int Burst = 1)
{
    /// <summary>Seven transport stream packets.</summary>
    public const int PayloadBytes = 1_316;

    public double PacketsPerSecond => BitsPerSecond / (PayloadBytes * 8);

    public double SpacingNs => 1e9 / PacketsPerSecond;

    /// <summary>How many packets a train has when it may be this long.</summary>
    public int TrainPackets(long quantumNs, int packetsMax) => Math.Min(packetsMax, 1 + (int)(quantumNs / SpacingNs));
}
