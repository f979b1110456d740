namespace Sluice.Control.Configuration;

/// <summary>Announcements of multicast RTP outputs (RFC 2974).</summary>
public sealed record SapConfig
{
    /// <summary>RFC 2974 §3.1.</summary>
    public const long IntervalDefaultNs = 300_000_000_000;

    /// <summary>How often a session is announced when its scope's bandwidth allows; 1 s to 1 h. Default 300 s.</summary>
    public long IntervalNs { get; init; } = IntervalDefaultNs;
}

/// <summary>What a channel says about its announcements.</summary>
public sealed record ChannelSapConfig
{
    /// <summary>Default true: announced when the engine announces at all.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The session's name in players' lists; null (default) = the channel's name.</summary>
    public string? Name { get; init; }
}

/// <summary>The document's and a channel's <c>sap</c> objects.</summary>
internal static class SapBinder
{
    private const long IntervalMinNs = 1_000_000_000, IntervalMaxNs = 3_600_000_000_000;
    private const string NameForm = "1 to 100 printable characters";

    public static SapConfig? Bind(Section section)
    {
        var enabled = section.Flag("enabled", true);
        var interval = section.Duration("interval", SapConfig.IntervalDefaultNs, IntervalMinNs, IntervalMaxNs);
        section.Close();
        return section.IsPresent && enabled ? new() { IntervalNs = interval } : null;
    }

    public static ChannelSapConfig BindChannel(Section section)
    {
        var sap = new ChannelSapConfig { Enabled = section.Flag("enabled", true), Name = BindName(section) };
        section.Close();
        return sap;
    }

    // The name is a line of SDP, and must not be able to add lines to it.
    private static string? BindName(Section section)
    {
        var name = section.Text("name", NameForm);
        if (name is null || (name.Length is > 0 and <= 100 && !name.Any(char.IsControl)))
            return name;
        section.Wrong(section.Find("name")!, "the name is empty, too long or has control characters", NameForm);
        return null;
    }
}
