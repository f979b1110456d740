using Sluice.Control.Access;
using Sluice.Control.Configuration;
using Sluice.Control.Playback;
using Sluice.Control.Relays;
using Sluice.Host.Rtsp;
using Sluice.Host.Running;
using Sluice.Host.Web;

namespace Sluice.Host.Streams;

/// <summary>The routes of the public listener that players watch: channels as MPEG-TS, their playlist, and groups that
/// are relayed.</summary>
internal sealed class StreamRoutes
{
    private static readonly string[] s_methods = ["GET", "HEAD"];

    private readonly IEngine _engine;
    private readonly RelayConfig? _relay;
    private readonly StreamAnswer _answer;

    private StreamRoutes(IEngine engine, EngineConfig config, FramePump pump)
    {
        (_engine, _relay) = (engine, config.Relay);
        _answer = new StreamAnswer(engine, pump, config.Streams.BufferBytes);
    }

    public static void Map(IEndpointRouteBuilder app, IEngine engine, EngineConfig config, FramePump pump, Func<int?> rtspPort)
    {
        var routes = app.MapGroup("").WithMetadata(new ServedBy(Listener.Http));
        var own = new StreamRoutes(engine, config, pump);
        routes.MapMethods("/channels/{name}.ts", s_methods, (RequestDelegate)own.ChannelAsync);
        routes.MapMethods("/channels/{name}/{when}", s_methods, (RequestDelegate)own.ArchiveAsync);
        routes.MapMethods("/assets/{name}.ts", s_methods, (RequestDelegate)own.AssetAsync);
        routes.MapMethods("/playlist.m3u", s_methods, (RequestDelegate)new PlaylistRoute(engine.Streams, config, rtspPort).WriteAsync);
        if (config.Relay is null)
            return;
        // The two forms differ in nothing that matters here: what the group carries is seen by its first packet.
        routes.MapMethods("/udp/{place}", s_methods, (RequestDelegate)own.RelayAsync);
        routes.MapMethods("/rtp/{place}", s_methods, (RequestDelegate)own.RelayAsync);
    }

    private Task ChannelAsync(HttpContext context) => ReadAsync(context, AdminRoutes.Name(context));

    // At its own speed, from its beginning unless the query says from where; the file as it is has no ".ts".
    private Task AssetAsync(HttpContext context) => ReadAsync(context, AccessQuestion.AssetPrefix + AdminRoutes.Name(context));

    private Task ReadAsync(HttpContext context, string name)
    {
        var query = context.Request.Query;
        return TimeWish.Read(name => query.TryGetValue(name, out var value) ? value.ToString() : null, out var wish) is { } wrong
            ? Problems.WriteAsync(context, 400, "Not a time", $"{LogText.OneLine(wrong)}; expected {TimeWish.Form}")
            : ChannelAsync(context, name, wish);
    }

    // Flussonic's paths: what its players make of a channel's URL by themselves.
    private Task ArchiveAsync(HttpContext context)
    {
        var when = (string)context.GetRouteValue("when")!;
        return TimeWish.TryReadPath(when, out var wish) ? ChannelAsync(context, AdminRoutes.Name(context), wish)
            : Problems.WriteAsync(context, 404, "Not found", "Expected mpegts, timeshift_abs-START.ts, timeshift_rel-SECONDS.ts or archive-START-SECONDS.ts.");
    }

    private Task ChannelAsync(HttpContext context, string name, TimeWish wish) =>
        _engine.Streams.FindChannel(name) is { } source ? WatchAsync(context, source, source.Name, wish) : NothingAsync(context, name);

    private async Task NothingAsync(HttpContext context, string name)
    {
        if (await HttpGate.AdmitsAsync(context, _engine.Access, AccessQuestion.NoChannel))
            await AdminRoutes.NoChannelAsync(context, name);
    }

    private Task RelayAsync(HttpContext context)
    {
        var device = context.Request.Query["iface"];
        var place = (string)context.GetRouteValue("place")!;
        if (RelayRequest.Read(place, device.Count == 0 ? null : device.ToString(), out var request) is { } wrong)
            return Problems.WriteAsync(context, 400, "Not a group", $"{wrong}; expected {RelayRequest.Form}");
        if (RelayPolicy.Refusal(_relay!, request!) is { } refusal)
        {
            Interlocked.Increment(ref _engine.Streams.Counters.Forbidden);
            return Problems.WriteAsync(context, 403, "Not relayed", refusal);
        }
        return WatchAsync(context, _engine.Streams.OpenRelay(request!)!, AccessQuestion.Relay, default);
    }

    // Everything that is watched by HTTP passes here.
    private async Task WatchAsync(HttpContext context, IStreamSource source, string list, TimeWish wish)
    {
        if (await HttpGate.AdmitsAsync(context, _engine.Access, list))
            await _answer.WriteAsync(context, source, wish);
    }
}
