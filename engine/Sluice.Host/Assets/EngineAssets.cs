using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>All of an engine that has to do with assets: those that are there, and what brings more.</summary>
internal sealed class EngineAssets : IAsyncDisposable
{
    private static readonly TimeSpan s_sweep = TimeSpan.FromMinutes(1), s_look = TimeSpan.FromSeconds(2);

    private readonly Timer _sweep, _look;
    private int _isLooking;

    private EngineAssets(AssetDesk desk, AssetTransfers transfers)
    {
        (Desk, Transfers) = (desk, transfers);
        _sweep = new Timer(_ => desk.Sweep(), null, s_sweep, s_sweep);
        _look = new Timer(_ => _ = LookAsync(), null, s_look, s_look);
    }

    public AssetDesk Desk { get; }
    public AssetTransfers Transfers { get; }

    /// <summary>A directory that cannot be used is an alarm, and tried again: the engine goes on without assets meanwhile.</summary>
    public static EngineAssets Open(AssetsConfig config, Func<string, (int? Tracks, ChannelStore? Store)> storeOf, ILogger log)
    {
        var desk = AssetDesk.Open(config, log);
        return new EngineAssets(desk, new AssetTransfers(desk, storeOf));
    }

    /// <summary>What is wrong with the assets now.</summary>
    public IEnumerable<Alarm> Alarms() => Desk.Trouble is not { } trouble ? [] :
        [new Alarm("assets-unusable", null, $"no asset can be brought or recorded: {Desk.Config.Path} cannot be used ({trouble.What.TrimEnd('.')}); "
            + "make it a directory that the engine may write in", AlarmSeverity.Critical, trouble.Since)];

    public async ValueTask DisposeAsync()
    {
        await _look.DisposeAsync();
        await _sweep.DisposeAsync();
        await Desk.DisposeAsync();
        Transfers.Dispose();
    }

    // A disk that hangs is asked once, not every two seconds.
    private async Task LookAsync()
    {
        if (Interlocked.Exchange(ref _isLooking, 1) != 0)
            return;
        try
        {
            if (await Desk.OnDiskAsync(Desk.Look))
                Transfers.Resume();
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);      // whatever came of it: the next look is two seconds away
        }
    }
}
