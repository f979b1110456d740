using System.Text;
using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Host.Assets;
using Sluice.Host.Metrics;
using Sluice.Host.Running;

namespace Sluice.Host.Web;

/// <summary>The routes of the admin listener: status page, API, metrics.</summary>
internal static class AdminRoutes
{
    public static void Map(IEndpointRouteBuilder app, IEngine engine, EngineConfig config, EngineMetrics metrics)
    {
        var page = new StatusPage(Resources.StatusPage);
        var outputs = new OutputRoutes(engine, config.Limits.DelayNs, app.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger("sluice.api"));
        var shared = new SharedSnapshot(engine);
        var routes = app.MapGroup("").WithMetadata(new ServedBy(Listener.Admin));
        Get(routes, "/", page.WriteAsync);
        Get(routes, "/api/status", shared.StatusAsync);
        Get(routes, "/api/channels", shared.ChannelsAsync);
        Get(routes, "/api/channels/{name}", c => ChannelAsync(c, engine));
        Get(routes, "/api/channels/{name}/clients", c => ClientsAsync(c, engine));
        routes.MapPost("/api/channels/{name}/clients", shared.Changing(outputs.AddAsync));
        routes.MapDelete("/api/clients/{id}", shared.Changing(outputs.RemoveAsync));
        if (engine.Assets is { } assets)
            AssetApi.Map(routes, assets.Desk, assets.Transfers);
        Get(routes, "/api/burst", c => BurstAsync(c, engine));
        Get(routes, "/api/schema", SchemaAsync);
        Get(routes, "/metrics", c => MetricsAsync(c, metrics));
    }

    private static void Get(RouteGroupBuilder routes, string pattern, RequestDelegate handler) => routes.MapGet(pattern, handler);

    internal static Task NoChannelAsync(HttpContext context, string name) =>
        Problems.WriteAsync(context, 404, "Unknown channel", $"There is no channel \"{LogText.OneLine(name)}\".");

    // A slash in a name (assets/NAME) is the one character that stays escaped in a path.
    internal static string Name(HttpContext context) =>
        ((string)context.GetRouteValue("name")!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static Task ChannelAsync(HttpContext context, IEngineStatus engine)
    {
        var name = Name(context);
        var channel = engine.Snapshot().Channels.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase));
        return channel is null ? NoChannelAsync(context, name) : Problems.WriteAsync(context, channel, HostJson.Default.ChannelStatus);
    }

    private static Task ClientsAsync(HttpContext context, IEngineStatus engine)
    {
        if (!TryCount(context, "offset", 0, int.MaxValue, out var offset) || !TryCount(context, "limit", 1000, 10_000, out var limit))
            return Problems.WriteAsync(context, 400, "Bad request", "offset and limit (up to 10000) are whole numbers.");
        var clients = engine.Clients(Name(context));
        return clients is null ? NoChannelAsync(context, Name(context))
            : Problems.WriteAsync(context, new(clients.Count, offset, [.. clients.Skip(offset).Take(limit)]), HostJson.Default.ClientPage);
    }

    private static Task BurstAsync(HttpContext context, IEngineStatus engine)
    {
        var name = context.Request.Query["channel"].ToString();
        var picture = engine.Burst(name.Length == 0 ? null : name);
        return picture is null ? NoChannelAsync(context, name) : Problems.WriteAsync(context, picture, HostJson.Default.BurstPicture);
    }

    private static Task SchemaAsync(HttpContext context)
    {
        context.Response.ContentType = "application/schema+json";
        return context.Response.Body.WriteAsync(Resources.Schema, context.RequestAborted).AsTask();
    }

    private static Task MetricsAsync(HttpContext context, EngineMetrics metrics)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(metrics.Scrape()), context.RequestAborted).AsTask();
    }

    private static bool TryCount(HttpContext context, string key, int otherwise, int max, out int value)
    {
        var text = context.Request.Query[key].ToString();
        value = otherwise;
        return text.Length == 0 || (int.TryParse(text, out value) && value >= 0 && value <= max);
    }
}
