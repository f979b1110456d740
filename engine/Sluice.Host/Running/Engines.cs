using Sluice.Control.Configuration;
using Sluice.Flow;

namespace Sluice.Host.Running;

/// <summary>The seam between the host and the data plane: the only place that knows which engine runs.</summary>
internal static class Engines
{
    public static IEngine Create(EngineConfig config, IFramePump pump, ILoggerFactory logs) => new Live.LiveEngine(config, pump, logs);

    /// <summary>An engine that loops a clip as the one channel of <paramref name="config"/> and serves simulated clients.</summary>
    public static IEngine CreateDemo(EngineConfig config, byte[] clip, int clients, IFramePump pump, ILoggerFactory logs) =>
        new Demo.DemoEngine(config, clip, clients, pump, logs);
}
