using System.Text;
using Sluice.Control.Access;
using Sluice.Control.Status;
using Sluice.Host.Running;

namespace Sluice.Host.Web;

/// <summary>What anybody may ask: is it alive, and the SDP of a channel. Served by both HTTP listeners.</summary>
internal static class PublicRoutes
{
    public static void Map(IEndpointRouteBuilder routes, IEngine engine)
    {
        routes.MapGet("/health", (RequestDelegate)(context => HealthAsync(context, engine)));
        routes.MapGet("/channels/{file}", (RequestDelegate)(context => SdpAsync(context, engine)));
    }

    // 200 as long as the process can answer: a restart mends no alarm.
    private static Task HealthAsync(HttpContext context, IEngineStatus engine)
    {
        var now = engine.Snapshot();
        var isWell = now.Alarms.All(a => a.Severity != AlarmSeverity.Critical);
        return Problems.WriteAsync(context, new Health(isWell ? "ok" : "degraded", HostRun.Version, now.UptimeSeconds), HostJson.Default.Health);
    }

    private static async Task SdpAsync(HttpContext context, IEngine engine)
    {
        var file = (string)context.GetRouteValue("file")!;
        var output = context.Request.Query["output"].ToString() is { Length: > 0 } named ? named : null;
        var name = file.EndsWith(".sdp", StringComparison.OrdinalIgnoreCase) && engine.Streams.FindChannel(file[..^4]) is { } known
            ? known.Name : AccessQuestion.NoChannel;
        if (!await HttpGate.AdmitsAsync(context, engine.Access, name))
            return;
        if (name == AccessQuestion.NoChannel || engine.SessionDescription(name, output) is not { } sdp)
        {
            await Problems.WriteAsync(context, 404, "No session description",
                $"There is no such channel{(output is null ? "" : " or RTP output")}, or nothing is known of its stream yet.");
            return;
        }
        context.Response.ContentType = "application/sdp";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(sdp), context.RequestAborted);
    }
}
