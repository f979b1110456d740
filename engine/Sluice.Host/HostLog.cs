using Microsoft.Extensions.Logging.Console;

namespace Sluice.Host;

/// <summary>Every line that the host logs, with its number. 1xx life of the process, 2xx HTTP, 3xx RTSP connections, 4xx the engine.</summary>
internal static partial class HostLog
{
    [LoggerMessage(100, LogLevel.Information, "sluice {Version} is up: {Channels} channels; RTSP {Rtsp}, RTSPS {Rtsps}, HTTP {Http}, admin {Admin}")]
    public static partial void Up(this ILogger log, string version, int channels, string rtsp, string rtsps, string http, string admin);

    [LoggerMessage(101, LogLevel.Information, "stopping")]
    public static partial void Stopping(this ILogger log);

    [LoggerMessage(102, LogLevel.Information, "stopped")]
    public static partial void Stopped(this ILogger log);

    [LoggerMessage(103, LogLevel.Warning, "admin listens on {Address}, which other machines can reach; whoever reaches it may add and remove outputs")]
    public static partial void AdminIsOpen(this ILogger log, string address);

    [LoggerMessage(200, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void RequestFailed(this ILogger log, Exception exception, string method, string path);

    [LoggerMessage(201, LogLevel.Information, "channel {Channel}: output {To} added as client {Client}")]
    public static partial void OutputAdded(this ILogger log, string channel, string to, ulong client);

    [LoggerMessage(202, LogLevel.Information, "client {Client} removed by the API")]
    public static partial void ClientRemoved(this ILogger log, ulong client);

    [LoggerMessage(400, LogLevel.Information, "kernel: {Capabilities}")]
    public static partial void Kernel(this ILogger log, string capabilities);

    [LoggerMessage(401, LogLevel.Information, "running {Threads}; profile {Profile}")]
    public static partial void Running(this ILogger log, string threads, string profile);

    [LoggerMessage(402, LogLevel.Information, "channel {Channel}: the stream is {Encoding}, payload type {PayloadType}")]
    public static partial void StreamKnown(this ILogger log, string channel, string encoding, int payloadType);

    [LoggerMessage(403, LogLevel.Warning, "the wall clock was stepped; departures are not affected, labels and sender reports follow")]
    public static partial void WallClockStepped(this ILogger log);

    [LoggerMessage(404, LogLevel.Warning, "alarm {Code} ({Channel}): {Message}")]
    public static partial void AlarmRaised(this ILogger log, string code, string channel, string message);

    [LoggerMessage(405, LogLevel.Information, "alarm {Code} ({Channel}, {Source}) is over")]
    public static partial void AlarmCleared(this ILogger log, string code, string channel, string source);

    [LoggerMessage(406, LogLevel.Warning, "channel {Channel}: {Source} cannot be joined again: {Reason}")]
    public static partial void RejoinFailed(this ILogger log, string channel, string source, string reason);

    [LoggerMessage(407, LogLevel.Critical, "the {Thread} thread failed: this is a bug; the process ends")]
    public static partial void LoopFailed(this ILogger log, Exception fault, string thread);

    [LoggerMessage(408, LogLevel.Error, "channel {Channel} goes on without a store: {Problem}")]
    public static partial void StoreUnavailable(this ILogger log, string channel, string problem);

    [LoggerMessage(409, LogLevel.Information, "channel {Channel} is kept in {Path}: {Segments} segments found, {Scanned} of them read through")]
    public static partial void StoreOpened(this ILogger log, string channel, int segments, long scanned, string path);

    [LoggerMessage(410, LogLevel.Information, "output {Client} is announced in {Group}")]
    public static partial void SapAnnounced(this ILogger log, ulong client, string group);

    [LoggerMessage(411, LogLevel.Information, "the announcement of output {Client} in {Group} is deleted")]
    public static partial void SapDeleted(this ILogger log, ulong client, string group);

    [LoggerMessage(412, LogLevel.Warning, "an announcement cannot be sent to {Group}: {Error}")]
    public static partial void SapNotSent(this ILogger log, string group, string error);

    [LoggerMessage(416, LogLevel.Information, "channel {Channel}: output {Client} has repeated all its {Turns} turns")]
    public static partial void LoopEnded(this ILogger log, string channel, ulong client, long turns);

    [LoggerMessage(417, LogLevel.Warning, "channel {Channel}: output {Client} ends in turn {Turn}: {Reason}")]
    public static partial void LoopBroken(this ILogger log, string channel, ulong client, long turn, string reason);

    [LoggerMessage(420, LogLevel.Information, "group {Group} joined for viewers")]
    public static partial void RelayJoined(this ILogger log, string group);

    [LoggerMessage(421, LogLevel.Information, "group {Group} left: nobody watches")]
    public static partial void RelayLeft(this ILogger log, string group);

    [LoggerMessage(413, LogLevel.Information, "back: {Devices}; their groups are joined again")]
    public static partial void LinksReturned(this ILogger log, string devices);

    [LoggerMessage(414, LogLevel.Warning, "devices are not watched, groups are joined again only after some silence: {Reason}")]
    public static partial void LinksNotWatched(this ILogger log, string reason);

    [LoggerMessage(420, LogLevel.Information, "channel {Channel}: {Count} offsets from the content provider; what holds: {Holds} ({Followed})")]
    public static partial void OffsetsSaid(this ILogger log, string channel, int count, string holds, string followed);

    [LoggerMessage(430, LogLevel.Information, "channel {Channel}: {Source} plays {Tracks} tracks over {Transport}")]
    public static partial void PullPlays(this ILogger log, string channel, string source, int tracks, string transport);

    [LoggerMessage(431, LogLevel.Warning, "channel {Channel}: {Source}: {Reason}; next try in {Seconds:0.0} s")]
    public static partial void PullEnded(this ILogger log, string channel, string source, string reason, double seconds);

    [LoggerMessage(440, LogLevel.Error, "the assets' directory {Path} cannot be used: {Problem}")]
    public static partial void AssetsUnavailable(this ILogger log, string path, string problem);

    [LoggerMessage(441, LogLevel.Information, "asset {Asset} is whole: {Bytes} bytes, {Seconds:0.0} s")]
    public static partial void AssetComplete(this ILogger log, string asset, long bytes, double seconds);

    [LoggerMessage(442, LogLevel.Information, "asset {Asset} is deleted")]
    public static partial void AssetDeleted(this ILogger log, string asset);

    [LoggerMessage(443, LogLevel.Information, "asset {Asset} is deleted: nobody sent the rest of it")]
    public static partial void AssetExpired(this ILogger log, string asset);

    [LoggerMessage(444, LogLevel.Information, "asset {Asset}: the upload broke off at byte {Bytes}")]
    public static partial void UploadBroke(this ILogger log, string asset, long bytes);

    [LoggerMessage(445, LogLevel.Warning, "asset {Asset}: {Reason}; next try in {Seconds:0.0} s")]
    public static partial void AssetPullBroke(this ILogger log, string asset, string reason, double seconds);

    [LoggerMessage(446, LogLevel.Warning, "asset {Asset} is not gone on with: {Reason}")]
    public static partial void TransferEnded(this ILogger log, string asset, string reason);

    [LoggerMessage(448, LogLevel.Information, "channel {Channel}: asset {Asset} plays {Times}")]
    public static partial void AssetPlays(this ILogger log, string channel, string asset, string times);

    [LoggerMessage(449, LogLevel.Information, "channel {Channel}: asset {Asset} has been played")]
    public static partial void AssetPlayed(this ILogger log, string channel, string asset);

    [LoggerMessage(450, LogLevel.Warning, "channel {Channel}: asset {Asset} plays no more: {Reason}")]
    public static partial void AssetPlayBroke(this ILogger log, string channel, string asset, string reason);

    [LoggerMessage(447, LogLevel.Error, "a transfer failed: this is a bug")]
    public static partial void TransferFailed(this ILogger log, Exception fault);

    /// <summary>One line an event, UTC, no colours: what a journal wants.</summary>
    public static ILoggingBuilder AddHostConsole(this ILoggingBuilder logging) => logging
        .ClearProviders()
        .AddSimpleConsole(Configure)
        .SetMinimumLevel(LogLevel.Information)
        .AddFilter("Microsoft", LogLevel.Warning)
        // Says nothing that we want to hear, and while it may speak each request has an activity and a scope: half of what a request allocates.
        .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
        // A failed start is ours to explain, in one line and without a stack.
        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);

    private static void Configure(SimpleConsoleFormatterOptions options)
    {
        options.SingleLine = true;
        options.UseUtcTimestamp = true;
        options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        options.ColorBehavior = LoggerColorBehavior.Disabled;
    }
}
