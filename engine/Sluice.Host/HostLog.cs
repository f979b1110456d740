using Microsoft.Extensions.Logging.Console;

namespace Sluice.Host;

/// <summary>Every line that the host logs, with its number. 1xx life of the process, 2xx HTTP, 3xx RTSP connections.</summary>
internal static partial class HostLog
{
    [LoggerMessage(100, LogLevel.Information, "sluice {Version} is up: {Channels} channels; RTSP {Rtsp}, HTTP {Http}, admin {Admin}")]
    public static partial void Up(this ILogger log, string version, int channels, string rtsp, string http, string admin);

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

    /// <summary>One line an event, UTC, no colours: what a journal wants.</summary>
    public static ILoggingBuilder AddHostConsole(this ILoggingBuilder logging) => logging
        .ClearProviders()
        .AddSimpleConsole(Configure)
        .SetMinimumLevel(LogLevel.Information)
        .AddFilter("Microsoft", LogLevel.Warning)
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
