namespace Sluice.Control.Configuration;

/// <summary>How lost packets are sent again.</summary>
public enum RetransmitMode
{
    /// <summary>Not at all (default).</summary>
    Off,

    /// <summary>The same packet once more, under the same SSRC and number.</summary>
    Same,

    /// <summary>As an RTX stream (RFC 4588) to those who take the offer, else as <see cref="Same"/>.</summary>
    Rtx,
}

/// <summary>Answers to the NACKs of a channel's unicast RTP clients (RFC 4585).</summary>
public sealed record RetransmitConfig
{
    public RetransmitMode Mode { get; init; } = RetransmitMode.Off;

    /// <summary>What one client may have again, in percent of the media rate. Default 25; 1 to 100.</summary>
    public int RatePercent { get; init; } = 25;

    /// <summary>How long after it was sent a packet may be asked for. Default 500 ms; 50 ms to 2 s. Costs memory: see EngineLimits.</summary>
    public long TimeNs { get; init; } = 500_000_000;

    public override string ToString() => Mode == RetransmitMode.Off ? "off"
        : $"{Mode.ToString().ToLowerInvariant()}, for {Quantities.FormatDuration(TimeNs)}, up to {RatePercent} % of the media rate";
}

internal static class RetransmitBinder
{
    private const long TimeMinNs = 50_000_000, TimeMaxNs = 2_000_000_000;

    public static RetransmitConfig Bind(Section section)
    {
        var defaults = new RetransmitConfig();
        var config = new RetransmitConfig
        {
            Mode = section.Word("mode", defaults.Mode, ("off", RetransmitMode.Off), ("same", RetransmitMode.Same), ("rtx", RetransmitMode.Rtx)),
            RatePercent = section.Number("rate", defaults.RatePercent, 1, 100),
            TimeNs = section.Duration("time", defaults.TimeNs, TimeMinNs, TimeMaxNs),
        };
        if (section.IsPresent)
            section.Require("mode", "\"same\" or \"rtx\"");
        section.Close();
        return config;
    }
}
