using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sluice.Control.Configuration;
using Sluice.Host.Assets;
using Sluice.Host.Memory;
using Sluice.Host.Metrics;
using Sluice.Host.Rtsp;
using Sluice.Host.Running;
using Sluice.Host.Streams;

namespace Sluice.Host.Web;

/// <summary>Which of our listeners a connection came in by; what it may ask depends on it.</summary>
internal enum Listener
{
    Http,
    Admin,
}

/// <summary>Kestrel with our listeners and routes over one engine. The engine is not owned.</summary>
internal sealed class EngineWeb : IAsyncDisposable
{
    private readonly EngineConfig _config;
    private readonly EngineMetrics _metrics;
    private readonly ConnectionQuota _quota;
    private readonly IRtspEngine _engine;
    private readonly FramePump _pump;
    private readonly CertificateFiles? _certificate;
    private ListenOptions? _rtsp, _rtsps, _http, _admin;

    private EngineWeb(EngineConfig config, IEngine engine, FramePump pump)
    {
        _config = config;
        _metrics = new EngineMetrics(engine, engine.Rtsp.Counters, engine.AccessCounters, engine.Streams.Counters);
        _quota = new ConnectionQuota(config.Limits.ConnectionsPerAddress);
        (_engine, _pump) = (engine.Rtsp, pump);
        _certificate = config.Rtsps is { } tls ? new CertificateFiles(tls) : null;
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // Not the current directory: an appsettings.json that lies around there is not meant for us.
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = "sluice",
        });
        builder.Logging.AddHostConsole();
        builder.WebHost.ConfigureKestrel(Configure);
        // An RTSP message has at most 80 KiB; what is read ahead of the protocol is not more than two of them.
        builder.WebHost.UseSockets(o =>
        {
            o.MaxReadBufferSize = 160 << 10;
            SocketBlocks.TryUse(o);
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1));
        App = builder.Build();
        App.UseMiddleware<ProblemMiddleware>();
        App.UseRouting();
        App.UseMiddleware<ListenerGate>();
        PublicRoutes.Map(App, engine);
        StreamRoutes.Map(App, engine, config, pump, () => _rtsp?.IPEndPoint?.Port);
        OffsetRoutes.Map(App, engine);
        AdminRoutes.Map(App, engine, config, _metrics);
        if (engine.Assets is { } assets)
        {
            AssetRoutes.Map(App, engine, assets.Desk, config.Channels);
            AssetMetrics.Add(_metrics.Meter, assets.Desk);
        }
    }

    public WebApplication App { get; }

    /// <summary>Valid once the application has started.</summary>
    public BoundListeners Bound => new(_rtsp?.IPEndPoint, _http?.IPEndPoint, _admin?.IPEndPoint, _rtsps?.IPEndPoint);

    public static EngineWeb Build(EngineConfig config, IEngine engine, FramePump pump) => new(config, engine, pump);

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        _metrics.Dispose();
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        // The API's largest request is one output; slow and idle connections are not kept (slowloris).
        kestrel.Limits.MaxRequestBodySize = 64 << 10;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
        kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        kestrel.Limits.MaxConcurrentConnections = _config.Limits.RtspSessions + _config.Limits.HttpViewers + 1024;
        _rtsp = Listen(kestrel, _config.Rtsp, o => o.Run(new RtspListener(_engine, _pump, _engine.Options).OnConnectedAsync));
        _rtsps = Listen(kestrel, _config.Rtsps?.Listen, ConfigureTls);
        _http = Listen(kestrel, _config.Http, o => MarkHttp(o, Listener.Http));
        _admin = Listen(kestrel, _config.Admin, o => MarkHttp(o, Listener.Admin));
    }

    private void ConfigureTls(ListenOptions options)
    {
        var door = new TlsDoor(_engine.Counters);
        options.Protocols = HttpProtocols.Http1;              // none of it is HTTP; this keeps HTTP/2 out of the handshake
        options.Use(door.Look);
        options.UseHttps(_certificate!.ForKestrel());
        options.Use(TlsDoor.Pass);
        options.Run(new RtspListener(_engine, _pump, _engine.Options with { IsTls = true }).OnConnectedAsync);
    }

    private ListenOptions? Listen(KestrelServerOptions kestrel, ListenAddress? where, Action<ListenOptions> configure)
    {
        ListenOptions? options = null;
        if (where is not null)
        {
            kestrel.Listen(where.EndPoint, o =>
            {
                options = o;
                o.Use(_quota.Guard);
                configure(o);
            });
        }
        return options;
    }

    private static void MarkHttp(ListenOptions options, Listener listener)
    {
        options.Protocols = HttpProtocols.Http1;
        options.Use(next => connection =>
        {
            connection.Features.Set(new CameInBy(listener));
            return next(connection);
        });
    }
}
