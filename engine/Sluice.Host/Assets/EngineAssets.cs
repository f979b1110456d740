using Sluice.Control.Configuration;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>All of an engine that has to do with assets: those that are there, and what brings more.</summary>
internal sealed class EngineAssets(AssetDesk desk, AssetTransfers transfers) : IAsyncDisposable
{
    private static readonly TimeSpan s_sweep = TimeSpan.FromMinutes(1);

    private readonly Timer _sweep = new(_ => desk.Sweep(), null, s_sweep, s_sweep);

    public AssetDesk Desk => desk;
    public AssetTransfers Transfers => transfers;

    /// <summary>Null when the directory cannot be used, which is logged: the engine goes on without assets.</summary>
    public static EngineAssets? Open(AssetsConfig config, Func<string, (int? Tracks, ChannelStore? Store)> storeOf, ILogger log)
    {
        if (AssetDesk.Open(config, log, out var wrong) is { } desk)
            return new EngineAssets(desk, new AssetTransfers(desk, storeOf));
        log.AssetsUnavailable(config.Path, wrong!);
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        await desk.DisposeAsync();
        transfers.Dispose();
    }
}
