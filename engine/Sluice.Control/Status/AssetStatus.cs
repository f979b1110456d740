namespace Sluice.Control.Status;

/// <summary>One asset as people see it.</summary>
public sealed record AssetStatus
{
    public required string Name { get; init; }

    /// <summary>"complete", "incomplete", or "writing" while bytes come in.</summary>
    public required string State { get; init; }

    /// <summary>"upload", "pull" or "recording".</summary>
    public required string Origin { get; init; }

    /// <summary>The URL or the channel that it comes from.</summary>
    public string? Source { get; init; }

    /// <summary>What it is: "MPEG-TS", "pcap"; absent until known.</summary>
    public string? Format { get; init; }

    /// <summary>What its packets carry, as "MP2T/90000".</summary>
    public string? Media { get; init; }

    /// <summary>Bytes of the file that are here, and of the whole where that is known.</summary>
    public long Bytes { get; init; }
    public long? Length { get; init; }

    /// <summary>How long what is here plays.</summary>
    public double Seconds { get; init; }

    /// <summary>Of a recording: when its first packet was.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>SHA-256 of the whole, as <c>sha-256=:…:</c>.</summary>
    public string? Digest { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary>Who plays it now.</summary>
    public int Players { get; init; }

    /// <summary>Why it does not go on; absent while all is well.</summary>
    public string? Problem { get; init; }
}
