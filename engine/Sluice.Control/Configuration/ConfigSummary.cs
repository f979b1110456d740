using System.Globalization;
using System.Text;
using Sluice.Control.Rtsp.Pull;

namespace Sluice.Control.Configuration;

/// <summary>A configuration in a few lines of plain words: what <c>sluice check</c> says it understood.</summary>
public static class ConfigSummary
{
    public static string Of(EngineConfig config)
    {
        var text = new StringBuilder();
        Line(text, 1, "rtsp", At(config.Rtsp));
        if (config.Rtsps is { } tls)
            Line(text, 1, "rtsps", $"{tls.Listen}, certificate {tls.Certificate}");
        Line(text, 1, "http", At(config.Http));
        Line(text, 1, "admin", At(config.Admin));
        Line(text, 1, "store", config.Store is { } s
            ? $"{s.Path}, {Quantities.FormatSize(s.SizeBytes)} in segments of {Quantities.FormatSize(s.SegmentBytes)}" : "none");
        if (config.Assets is { } assets)
            Line(text, 1, "assets", assets.ToString());
        Line(text, 1, "threads", $"{Lower(config.Threads)}, profile {Lower(config.Profile)}");
        Line(text, 1, "limits", string.Create(CultureInfo.InvariantCulture,
            $"{config.Limits.Clients} clients, {config.Limits.RtspSessions} RTSP sessions, {config.Limits.HttpViewers} HTTP viewers, ")
            + $"{config.Limits.ConnectionsPerAddress} connections per address, {config.Limits.Replays} replays");
        foreach (var user in config.Users)
            Line(text, 1, "user", $"{user.Name}, {Secret(user)}");
        Line(text, 1, "sap", config.Sap is { } sap ? $"multicast RTP outputs are announced every {Quantities.FormatDuration(sap.IntervalNs)}" : "off");
        foreach (var (name, redirect) in config.Redirects)
            Line(text, 1, "redirect", $"{name} to {redirect.To}{(redirect.IsPermanent ? ", for good" : "")}");
        if (config.Relay is { } relay)
            Line(text, 1, "relay", $"{string.Join(", ", relay.Groups)}; up to {relay.Slots} groups at a time"
                + (relay.Interface is { } device ? $", joined on {device}" : ""));
        foreach (var channel in config.Channels)
            Append(text, channel);
        return text.ToString();
    }

    /// <summary>The delay settings in words, as the status page shows them too.</summary>
    public static string Of(DelayConfig delay) => delay.Mode switch
    {
        DelayMode.Fixed => $"{Quantities.FormatDuration(delay.ValueNs)} for every client",
        DelayMode.Off => "none",
        DelayMode.Random => $"random within {Quantities.FormatDuration(delay.RangeNs)}, seed {delay.Seed}",
        _ => $"spread over {Quantities.FormatDuration(delay.RangeNs)}, seed {delay.Seed}",
    };

    private static void Append(StringBuilder text, ChannelConfig channel)
    {
        Line(text, 1, "channel", channel.Name);
        foreach (var source in channel.Sources)
            Line(text, 2, "source", $"{source}{Remark(source)}");
        if (channel.Tracks > 1)
            Line(text, 2, "tracks", $"up to {channel.Tracks}");
        if (channel.Media is { } media)
            Line(text, 2, "media", $"{media.Kind}, payload type {media.PayloadType}, {media.RtpMap}");
        Line(text, 2, "delay", Of(channel.Delay));
        Line(text, 2, "quantum", channel.QuantumNs is { } q ? Quantities.FormatDuration(q) : "auto");
        Line(text, 2, "pace", channel.Pace == PaceMode.Arrival ? "arrival"
            : $"{Lower(channel.Pace)}, buffered up to {Quantities.FormatDuration(channel.BufferNs)}");
        Line(text, 2, "start", channel.Start.Mode == StartMode.Live ? "live" : string.Create(CultureInfo.InvariantCulture,
            $"instant, catching up at {channel.Start.Rate} from up to {Quantities.FormatDuration(channel.Start.WindowNs)} back"));
        Line(text, 2, "store", channel.Store?.ToString() ?? "no");
        if (channel.Retransmit.Mode != RetransmitMode.Off)
            Line(text, 2, "again", channel.Retransmit.ToString());
        foreach (var output in channel.Outputs)
            Line(text, 2, "output", Words(output));
        if (channel.Offsets == Offsets.OffsetAuthority.Provider)
            Line(text, 2, "offsets", "as the content provider says");
        if (channel.Read is { } readers)
            Line(text, 2, "read", Names(readers));
        if (channel.Publish is { } publishers)
            Line(text, 2, "publish", Names(publishers));
    }

    private static string Names(IReadOnlyList<string> users) => users.Count == 0 ? "nobody" : string.Join(", ", users);

    private static string Secret(UserConfig user) =>
        user.PasswordFile is { } file ? $"password in {file}" : user.Password is not null ? "password in this file"
        : user.Ha1Sha256 is null ? "password hashed with MD5" : user.Ha1Md5 is null ? "password hashed with SHA-256" : "password hashed with SHA-256 and MD5";

    private static string Words(OutputConfig output) => $"{output.To}, ttl {output.Ttl}"
        + (output.Track > 0 ? $", track {output.Track}" : "")
        + (output.Interface is { } device ? $", on {device}" : "")
        + (output.Source is { } source ? $", from {source}" : "")
        + (output.Dscp > 0 ? $", dscp {output.Dscp}" : "")
        + (output.Shaping is { } shaping ? $", {shaping}" : "")
        + (output.OffsetNs > 0 ? $", {Quantities.FormatDuration(output.OffsetNs)} behind now" : "")
        + (output.Loop is { } loop ? $", repeats {loop}" : "")
        + (output.DelayNs is { } delay ? $", delay {Quantities.FormatDuration(delay)}" : "")
        + (output.TimeoutNs is { } timeout ? $", ends {Quantities.FormatDuration(timeout)} after its last report" : "")
        + (output.Start == StartMode.Instant ? ", starts instantly" : "");

    private static string Remark(SourceUrl source) =>
        source.IsSourceSpecific ? "  (a group, from one source)" : source.IsMulticast ? "  (a group, from any source)"
        : source.Pull is { } pull ? $"  (pulled {(pull.User is { } user ? $"as {user} " : "")}over {Words(pull.Transport)})"
        : source.Asset is { } asset ? $"  (a stored object, {(asset.Times == 0 ? "for ever" : asset.Times == 1 ? "once" : $"{asset.Times} times")})"
        : source.IsSession ? "  (whoever publishes by RTSP)"
        : (source.Sender is { } sender ? $"  (from {sender} only)" : "") + (source.Nack is null ? "" : "  (asked for lost packets)");

    private static string Words(PullTransport transport) =>
        transport switch { PullTransport.Tcp => "TCP", PullTransport.Udp => "UDP", _ => "UDP, and over TCP when nothing comes" };

    private static string At(ListenAddress? listen) => listen?.ToString() ?? "off";

    private static string Lower<T>(T word) where T : struct, Enum => word.ToString().ToLowerInvariant();

    private static void Line(StringBuilder text, int depth, string label, string value) =>
        text.Append(' ', 2 * depth).Append(label.PadRight(9)).Append(' ').Append(value).Append('\n');
}
