using System.Diagnostics.Metrics;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>Assets as metrics. Never one by one: how many there are is the world's to say.</summary>
internal static class AssetMetrics
{
    public static void Add(Meter meter, AssetDesk desk)
    {
        (string State, Func<Asset, bool> Has)[] states =
        [
            ("complete", asset => asset.State == AssetState.Complete),
            ("writing", asset => asset is { State: AssetState.Incomplete, IsBusy: true }),
            ("incomplete", asset => asset is { State: AssetState.Incomplete, IsBusy: false }),
        ];
        var counters = desk.Counters;
        meter.CreateObservableGauge("sluice_assets", () => states.Select(
            one => new Measurement<long>(desk.Library.All.Count(one.Has), new KeyValuePair<string, object?>("state", one.State))),
            description: "Assets by state.");
        meter.CreateObservableGauge("sluice_assets_usable", () => desk.Trouble is null ? 1L : 0, description: "1 = their directory can be used.");
        meter.CreateObservableGauge("sluice_assets_bytes", () => desk.Library.DiskBytes, description: "What the assets take, promised space included.");
        meter.CreateObservableGauge("sluice_assets_players", () => desk.Library.All.Sum(asset => (long)asset.Players),
            description: "Who plays or fetches an asset now.");
        meter.CreateObservableGauge("sluice_assets_transfers", () => (long)Volatile.Read(ref counters.Running),
            description: "Uploads, pulls and recordings now.");
        Counter("received_bytes", () => counters.Bytes, "Bytes taken from uploads, pulls and recordings.");
        Counter("completed", () => counters.Completed, "Assets that became whole.");
        Counter("refused", () => counters.Refused, "Transfers that were not begun.");
        Counter("failed", () => counters.Failed, "Transfers that ended in an error.");
        Counter("deleted", () => counters.Deleted, "Assets deleted.");
        Counter("pull_breaks", () => counters.PullBreaks, "Connections to upstream servers that ended before the object did.");
        Counter("pull_restarts", () => counters.PullRestarts, "Objects that had changed upstream and were begun anew.");

        void Counter(string name, Func<long> read, string description) =>
            meter.CreateObservableCounter("sluice_assets_" + name, read, description: description);
    }
}
