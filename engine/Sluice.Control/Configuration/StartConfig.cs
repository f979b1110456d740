namespace Sluice.Control.Configuration;

/// <summary>Where a client that joins begins.</summary>
public enum StartMode
{
    /// <summary>At the last random access point that its own place (now − delay) has passed; it then catches up (default for viewers).</summary>
    Instant,

    /// <summary>With the next packet; a decoder waits for the next random access point (default for outputs).</summary>
    Live,
}

/// <summary>How viewers of a channel begin.</summary>
public sealed record StartConfig
{
    /// <summary>Below, a client would hardly ever catch up; above, the burst is what delays are there to avoid.</summary>
    public const double RateMin = 1.05, RateMax = 4;
    public const long WindowMinNs = 500_000_000, WindowMaxNs = 30_000_000_000;

    public StartMode Mode { get; init; } = StartMode.Instant;

    /// <summary>How fast a client catches up, in media seconds a second. Default 1.3; 1.05 to 4.</summary>
    public double Rate { get; init; } = 1.3;

    /// <summary>
    /// How far before its own place a client may begin: the longest distance of access points that still helps. Default 4 s; 500 ms
    /// to 30 s. The engine keeps so much of the channel in memory, at most 2,048 packets for each second: 12 MiB with the default.
    /// </summary>
    public long WindowNs { get; init; } = 4_000_000_000;
}

/// <summary>The keys <c>start</c>, <c>startRate</c> and <c>startWindow</c> of a channel.</summary>
internal static class StartBinder
{
    public static readonly (string, StartMode)[] Words = [("instant", StartMode.Instant), ("live", StartMode.Live)];

    public static StartConfig Bind(Section channel)
    {
        var defaults = new StartConfig();
        var start = new StartConfig
        {
            Mode = channel.Word("start", defaults.Mode, Words),
            Rate = channel.Factor("startRate", defaults.Rate, StartConfig.RateMin, StartConfig.RateMax),
            WindowNs = channel.Duration("startWindow", defaults.WindowNs, StartConfig.WindowMinNs, StartConfig.WindowMaxNs),
        };
        if (start.Mode == StartMode.Live && (channel.Find("startRate") ?? channel.Find("startWindow")) is { } node)
            channel.Wrong(node, "a rate and a window have a meaning only where clients start instantly", "\"start\": \"instant\", or no such key");
        return start;
    }
}
