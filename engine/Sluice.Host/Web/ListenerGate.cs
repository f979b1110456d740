using System.Net;

namespace Sluice.Host.Web;

/// <summary>Connection feature: the listener that accepted it.</summary>
internal sealed record CameInBy(Listener Listener);

/// <summary>Route metadata: the only listener that serves it. A route without it is served by both.</summary>
internal sealed record ServedBy(Listener Listener);

/// <summary>
/// Keeps the admin routes on the admin listener (the Host header would be the client's word, the connection is not),
/// and keeps other people's web pages off them: a page may make a browser send requests to 127.0.0.1, under a name of
/// its own that it pointed there (DNS rebinding) or across origins.
/// </summary>
internal sealed class ListenerGate(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        var served = endpoint?.Metadata.GetMetadata<ServedBy>()?.Listener;
        var came = context.Features.Get<CameInBy>()?.Listener;
        if (served is not null && served != came)
            return Problems.WriteAsync(context, 404, "Not found", "This listener does not serve this path.");
        if (came == Listener.Admin && !IsOurName(context.Request.Host.Host))
            return Problems.WriteAsync(context, 403, "Wrong host name", "Use the address, localhost or this machine's name.");
        if (came == Listener.Admin && IsForeignOrigin(context.Request))
            return Problems.WriteAsync(context, 403, "Foreign origin", "Pages of other sites may not use this API.");
        return next(context);
    }

    private static bool IsOurName(string host) => host.Length > 0 &&
        (IPAddress.TryParse(host.AsSpan().Trim("[]"), out _)
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase));

    private static bool IsForeignOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && !origin.Equals($"http://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
