namespace Sluice.Control.Status;

/// <summary>What a channel's clients report of their reception (RFC 3550 §6.4), all together: few numbers however many they are.</summary>
public sealed record ReportPicture
{
    /// <summary>Clients whose last report is recent.</summary>
    public int ClientCount { get; init; }

    /// <summary>Packets lost per packet sent since each client's last report but one, 0 to 1.</summary>
    public Quantiles LossRatio { get; init; } = new();

    /// <summary>Interarrival jitter.</summary>
    public Quantiles JitterMs { get; init; } = new();

    /// <summary>Only of clients that told enough for it.</summary>
    public Quantiles RoundTripMs { get; init; } = new();
}

/// <summary>Half, nine in ten, 99 in 100 and all of the values are at most this; 0 without values.</summary>
public sealed record Quantiles
{
    public double P50 { get; init; }

    public double P90 { get; init; }

    public double P99 { get; init; }

    public double Max { get; init; }

    /// <summary>Nearest-rank quantiles; sorts what it is given.</summary>
    public static Quantiles Of(List<double> values)
    {
        if (values.Count == 0)
            return new();
        values.Sort();
        return new() { P50 = At(values, 0.5), P90 = At(values, 0.9), P99 = At(values, 0.99), Max = values[^1] };
    }

    private static double At(List<double> sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
}

/// <summary>RTCP of all clients together. All counters only grow.</summary>
public sealed record RtcpStatus
{
    public long Sent { get; init; }

    /// <summary>Compounds from bound peers.</summary>
    public long Received { get; init; }

    public long Malformed { get; init; }

    /// <summary>From an address that no client has.</summary>
    public long UnknownSender { get; init; }

    /// <summary>Reports under another SSRC than the one that the peer has.</summary>
    public long ForeignReports { get; init; }

    /// <summary>BYEs that are not the bound peer's.</summary>
    public long IgnoredByes { get; init; }

    /// <summary>Over the rate that one client has.</summary>
    public long RateLimited { get; init; }

    /// <summary>Generic NACKs of clients that may ask.</summary>
    public long Nacks { get; init; }

    /// <summary>Packets sent again for them.</summary>
    public long Retransmitted { get; init; }
}
