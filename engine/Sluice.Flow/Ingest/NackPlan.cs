namespace Sluice.Flow;

/// <summary>A source whose sender is asked for what was lost on the way (RFC 4585).</summary>
/// <param name="Ssrc">Ours, in reports and NACKs: random (RFC 3550 §8.1).</param>
/// <param name="RtcpPort">
/// The port of the sender's host that hears them; 0 = where its own reports come from, and before the first one the port above its RTP port
/// (RFC 3550 §11).
/// </param>
/// <param name="RtxPayloadType">Under which lost packets come back as a stream of their own (RFC 4588); −1 = only as themselves.</param>
/// <param name="ClockRate">Of a payload type that says nothing by itself; for the jitter in reports.</param>
public sealed record NackPlan(uint Ssrc, int RtcpPort = 0, int RtxPayloadType = -1, int ClockRate = 90_000);

/// <summary>One packet that its sender is to be asked for: ingest decides it, the feedback loop says it.</summary>
internal readonly record struct LossNotice(int Source, uint MediaSsrc, ushort Sequence);

/// <summary>What a receiver report says of a source (RFC 3550 §6.4.1). Written by ingest, read by the feedback loop.</summary>
internal sealed class Reception
{
    public long Received, Expected;
    public uint ExtendedHighest, JitterTicks;
}
