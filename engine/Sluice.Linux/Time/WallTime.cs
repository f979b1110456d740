namespace Sluice.Linux;

/// <summary>CLOCK_REALTIME in nanoseconds since 1970: for labels, RTCP and expiry only. It may step; nothing is ever due on it.</summary>
public readonly record struct WallTime(long UnixNs)
{
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.UnixEpoch.AddTicks(UnixNs / 100);
}
