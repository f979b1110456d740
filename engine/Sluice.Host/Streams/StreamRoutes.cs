using Sluice.Host.Rtsp;
using Sluice.Host.Running;
using Sluice.Host.Web;

namespace Sluice.Host.Streams;

/// <summary>The routes of the public listener that players watch: channels as MPEG-TS.</summary>
internal sealed class StreamRoutes
{
    private static readonly string[] s_methods = ["GET", "HEAD"];

    private readonly IEngine _engine;
    private readonly StreamAnswer _answer;

    private StreamRoutes(IEngine engine, FramePump pump, int bufferBytes)
    {
        _engine = engine;
        _answer = new StreamAnswer(engine, pump, bufferBytes);
    }

    public static void Map(IEndpointRouteBuilder app, IEngine engine, FramePump pump, int bufferBytes)
    {
        var routes = app.MapGroup("").WithMetadata(new ServedBy(Listener.Http));
        var own = new StreamRoutes(engine, pump, bufferBytes);
        routes.MapMethods("/channels/{name}.ts", s_methods, (RequestDelegate)own.ChannelAsync);
    }

    private Task ChannelAsync(HttpContext context)
    {
        var name = AdminRoutes.Name(context);
        return _engine.Streams.FindChannel(name) is { } source ? WatchAsync(context, source) : AdminRoutes.NoChannelAsync(context, name);
    }

    // Everything that is watched by HTTP passes here.
    private async Task WatchAsync(HttpContext context, IStreamSource source)
    {
        if (await HttpGate.AdmitsAsync(context, _engine.Access, source.Name))
            await _answer.WriteAsync(context, source);
    }
}
