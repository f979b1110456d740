namespace Sluice.Host.Streams;

/// <summary>What became of viewers over HTTP. Any thread adds; the numbers only grow, but for those that are watching now.</summary>
internal sealed class StreamCounters
{
    /// <summary>Viewers now.</summary>
    public long Watching;

    public long Started, Refused;

    /// <summary>Asked for a group that may not be relayed.</summary>
    public long Forbidden;

    /// <summary>Disconnected because they took less than the channel has and the configuration says so.</summary>
    public long DroppedSlow;

    /// <summary>Disconnected because they took nothing at all for long.</summary>
    public long DroppedStalled;

    /// <summary>Bytes that waited for a slow reader and were thrown away when it was set forward.</summary>
    public long DiscardedBytes;
}
