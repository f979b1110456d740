using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.AspNetCore.Connections;
using Sluice.Control.Configuration;
using Sluice.Host.Rtsp;
using Sluice.Host.Web;

namespace Sluice.Host.Running;

/// <summary>One run of the process: engine up, listeners up, wait for the signal, listeners down, engine down.</summary>
internal static class HostRun
{
    public static string Version { get; } =
        typeof(HostRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <param name="config">What to serve.</param>
    /// <param name="create">Makes the engine.</param>
    /// <param name="error">Where the one line goes that says why it could not start.</param>
    /// <param name="onReady">Called when every listener accepts.</param>
    /// <param name="stop">Ends the run as a signal does.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(EngineConfig config, EngineFactory create, TextWriter error,
        Action<BoundListeners> onReady, CancellationToken stop)
    {
        using var logs = LoggerFactory.Create(l => l.AddHostConsole());
        try
        {
            using var pump = new FramePump();
            await using var engine = create(config, pump, logs);
            engine.Start();
            await ServeAsync(config, engine, pump, logs.CreateLogger("sluice"), onReady, stop);
        }
        catch (EngineStartException e)
        {
            await error.WriteLineAsync($"sluice: {e.Message}");
            return e.ExitCode;
        }
        catch (CertificateException e)
        {
            await error.WriteLineAsync($"sluice: rtsps: {e.Message}");
            return ExitCode.Failed;
        }
        catch (CannotListenException e)
        {
            await error.WriteLineAsync($"sluice: {e.Message}");
            return ExitCode.CannotListen;
        }
        return ExitCode.Ok;
    }

    private static async Task ServeAsync(
        EngineConfig config, IEngine engine, FramePump pump, ILogger log, Action<BoundListeners> onReady, CancellationToken stop)
    {
        await using var web = EngineWeb.Build(config, engine, pump);
        try
        {
            await web.App.StartAsync(stop);
        }
        catch (Exception e) when (e is IOException or SocketException or AddressInUseException)
        {
            await web.DisposeAsync();
            throw new CannotListenException(WhyNot(config, e));
        }
        AgeWhatWasMade();
        var bound = web.Bound;
        log.Up(Version, config.Channels.Count, At(bound.Rtsp), At(bound.Rtsps), At(bound.Http), At(bound.Admin));
        if (bound.Admin is { } admin && !IPAddress.IsLoopback(admin.Address))
            log.AdminIsOpen(admin.ToString());
        onReady(bound);
        await StopAskedAsync(web.App.Lifetime, stop);
        log.Stopping();
        // Before the connections close: interleaved clients get their BYE on them.
        await engine.LeaveAsync();
        await web.App.StopAsync(CancellationToken.None);
        log.Stopped();
    }

    // What a start leaves lives as long as the process: moved to the oldest generation here, before anybody watches, it does not stand
    // the packet threads still for 6 to 8 ms in the middle of the first seconds' requests.
    private static void AgeWhatWasMade()
    {
        for (var generation = 0; generation < GC.MaxGeneration; generation++)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
    }

    private static async Task StopAskedAsync(IHostApplicationLifetime lifetime, CancellationToken stop)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var bySignal = lifetime.ApplicationStopping.Register(() => asked.TrySetResult());
        await using var byCaller = stop.Register(() => asked.TrySetResult());
        await asked.Task;
    }

    private static string At(IPEndPoint? bound) => bound?.ToString() ?? "off";

    // Kestrel names the address only for one of the reasons; asking the kernel again names it for all.
    private static string WhyNot(EngineConfig config, Exception e)
    {
        foreach (var (key, listen) in new[] { ("rtsp", config.Rtsp), ("rtsps", config.Rtsps?.Listen), ("http", config.Http), ("admin", config.Admin) })
        {
            if (listen is not null && TryBind(listen.EndPoint) is { } reason)
                return $"cannot listen on {listen} ({key}.listen): {reason}";
        }
        return $"cannot listen: {e.Message}";
    }

    private static string? TryBind(IPEndPoint place)
    {
        try
        {
            using var probe = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(place);
            probe.Listen(1);
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => "another program uses this port",
                SocketError.AccessDenied => "not allowed (ports below 1024 need CAP_NET_BIND_SERVICE)",
                SocketError.AddressNotAvailable => "this machine does not have the address",
                _ => e.Message,
            };
        }
    }
}

/// <summary>A listener could not be opened; the message names which, where and why.</summary>
internal sealed class CannotListenException(string message) : Exception(message);
