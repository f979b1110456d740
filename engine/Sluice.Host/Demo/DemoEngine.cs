using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Host.Live;
using Sluice.Host.Running;

namespace Sluice.Host.Demo;

/// <summary>
/// The live engine with its own encoder (a looping clip sent to a loopback port) and its own audience. Nothing in between is
/// different from a real channel: the clip comes in by a socket and goes out by sockets.
/// </summary>
internal sealed class DemoEngine(EngineConfig config, byte[] clip, int clients, IFramePump pump, ILoggerFactory logs)
    : LiveEngine(WithClipSource(config), pump, logs)
{
    private ClipSender? _sender;
    private SimulatedClients? _audience;

    public override void Start()
    {
        base.Start();
        _audience = new SimulatedClients(this, Channels[0], clients);
        _sender = new ClipSender(clip, Sources.Sockets[0].LocalPort);
    }

    public override async ValueTask DisposeAsync()
    {
        _sender?.Dispose();
        await base.DisposeAsync();
        _audience?.Dispose();
    }

    // Port 0: the kernel chooses one that is free; the sender is told which.
    private static EngineConfig WithClipSource(EngineConfig config) => config with
    {
        Channels = [config.Channels[0] with { Sources = [new SourceUrl(MediaScheme.Udp, "127.0.0.1", 0, null, null)] }],
    };
}
