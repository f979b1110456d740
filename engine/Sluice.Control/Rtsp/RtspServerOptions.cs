using Sluice.Control.Access;
using Sluice.Control.Configuration;

namespace Sluice.Control.Rtsp;

/// <summary>Times and limits of the RTSP server, each with its reason.</summary>
public sealed record RtspServerOptions
{
    private const long SecondNs = 1_000_000_000;

    public static readonly RtspServerOptions Default = new();

    /// <summary>Value of the Server header.</summary>
    public string ServerName { get; init; } = "Sluice";

    /// <summary>Who may read and publish what.</summary>
    public IAccess Access { get; init; } = OpenAccess.Instance;

    /// <summary>Names that are elsewhere, without regard to case.</summary>
    public IReadOnlyDictionary<string, RedirectConfig> Redirects { get; init; } = new Dictionary<string, RedirectConfig>();

    /// <summary>The listener's connections are encrypted. Media then goes over them as well: packets beside them would be in the clear.</summary>
    public bool IsTls { get; init; }

    /// <summary>What a playing UDP session lives without a request or a receiver report: RFC 2326's default.</summary>
    public int SessionTimeoutSeconds { get; init; } = 60;

    /// <summary>What a SETUP without PLAY holds a client row for. Players send PLAY within a round trip.</summary>
    public long UnplayedTimeoutNs { get; init; } = 10 * SecondNs;

    /// <summary>
    /// What a publisher may be silent for, in packets and requests: a cable that was pulled says nothing, and the encoder that comes back
    /// should not find its own ghost in the channel for long.
    /// </summary>
    public long RecordSilenceNs { get; init; } = 10 * SecondNs;

    /// <summary>From the first byte of a message to its last.</summary>
    public long RequestTimeoutNs { get; init; } = 10 * SecondNs;

    /// <summary>How often a session that plays what is kept is asked whether it has come to its end.</summary>
    public long ReplayLookNs { get; init; } = SecondNs / 4;

    /// <summary>A connection without a session, since its last request.</summary>
    public long IdleTimeoutNs { get; init; } = 10 * SecondNs;

    /// <summary>Players have one; a monitor may look at several channels over one connection.</summary>
    public int SessionsPerConnectionMax { get; init; } = 4;

    /// <summary>The lowest UDP port that media may go to: below 1024 no player listens, but a DNS or NTP server may.</summary>
    public int ClientPortMin { get; init; } = 1024;
}
