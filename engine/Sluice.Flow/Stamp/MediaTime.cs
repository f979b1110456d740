namespace Sluice.Flow;

/// <summary>Conversions between ticks of a media clock and nanoseconds, without overflow over centuries.</summary>
internal static class MediaTime
{
    private const long NsPerSecond = 1_000_000_000;

    public static long TicksToNs(long ticks, long rateHz)
    {
        var seconds = Math.DivRem(ticks, rateHz, out var rest);
        return seconds * NsPerSecond + rest * NsPerSecond / rateHz;
    }

    public static long NsToTicks(long ns, long rateHz)
    {
        var seconds = Math.DivRem(ns, NsPerSecond, out var rest);
        return seconds * rateHz + rest * rateHz / NsPerSecond;
    }
}
