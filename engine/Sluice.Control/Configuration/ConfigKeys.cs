namespace Sluice.Control.Configuration;

/// <summary>Every key of the configuration, object by object. A test holds the shipped JSON schema to these tables.</summary>
public static class ConfigKeys
{
    public static IReadOnlyList<string> Root { get; } =
    [
        "$schema", "rtsp", "rtsps", "http", "relay", "admin", "store", "assets", "threads", "profile", "limits", "auth", "users", "sap", "redirects",
        "channels",
    ];

    public static IReadOnlyList<string> Listener { get; } = ["listen"];

    public static IReadOnlyList<string> Http { get; } = ["listen", "base", "slow", "buffer"];

    public static IReadOnlyList<string> Relay { get; } = ["groups", "iface", "ifaces", "slots", "linger", "delay", "read"];

    public static IReadOnlyList<string> TlsListener { get; } = ["listen", "certificate", "key"];

    public static IReadOnlyList<string> Redirect { get; } = ["to", "permanent"];

    public static IReadOnlyList<string> Store { get; } = ["path", "size", "segment", "loops", "window", "level", "sync"];

    public static IReadOnlyList<string> Keep { get; } = ["size", "window", "level", "sync"];

    public static IReadOnlyList<string> Assets { get; } =
        ["path", "size", "assetSize", "incomplete", "transfers", "stall", "hosts", "read", "publish"];

    public static IReadOnlyList<string> Limits { get; } = ["clients", "rtspSessions", "httpViewers", "connectionsPerAddress", "delay", "replays"];

    public static IReadOnlyList<string> Sap { get; } = ["enabled", "interval"];

    public static IReadOnlyList<string> ChannelSap { get; } = ["enabled", "name"];

    public static IReadOnlyList<string> Channel { get; } =
        [
            "sources", "tracks", "media", "delay", "quantum", "pace", "buffer", "reorder", "start", "startRate", "startWindow", "store", "retransmit",
            "slow", "sap", "outputs", "offsets", "read", "publish",
        ];

    public static IReadOnlyList<string> Auth { get; } = ["realm", "md5"];

    public static IReadOnlyList<string> User { get; } = ["password", "passwordFile", "ha1Sha256", "ha1Md5"];

    public static IReadOnlyList<string> Media { get; } = ["kind", "payloadType", "rtpmap", "fmtp"];

    public static IReadOnlyList<string> Delay { get; } = ["mode", "range", "seed", "value"];

    public static IReadOnlyList<string> Retransmit { get; } = ["mode", "rate", "time"];

    public static IReadOnlyList<string> Output { get; } =
        ["to", "track", "ttl", "iface", "source", "dscp", "delay", "timeout", "start", "tsPackets", "nulls", "cbr", "offset", "loop"];

    public static IReadOnlyList<string> Loop { get; } = ["from", "to", "times"];
}
