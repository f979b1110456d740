using Sluice.Store;

namespace Sluice.Flow;

/// <summary>
/// A stored object from a place on: ends with it, also when it is deleted; follows one that is still being written. Its line of time is the object's own
/// (<see cref="Asset.BeginWallNs"/> at its beginning).
/// </summary>
/// <param name="log">Open for it; its own from now on.</param>
/// <param name="inner">In its place in the log's store; its own from now on.</param>
public sealed class AssetReplaySource(AssetLog log, ReplaySource inner) : ReplaySource
{
    /// <summary>The times on an object's records are those of its line: nothing is laid onto a clock.</summary>
    public const long WallMinusMonotonicNs = 0;

    /// <summary>A whole object from its beginning; null when it is gone, or the disk refuses, as the problem says. Reads.</summary>
    public static AssetReplaySource? TryOpen(Asset asset, out StoreProblem problem)
    {
        ArgumentNullException.ThrowIfNull(asset);
        if (!asset.TryOpenLog(out var log, out problem))
            return null;
        var cursor = StoreReplaySource.CursorAt(log.Store, asset.BeginWallNs, atAccessPoint: false);
        return new AssetReplaySource(log, new StoreReplaySource(log.Store, cursor, WallMinusMonotonicNs));
    }

    /// <inheritdoc/>
    public override StoreCursor? Cursor => inner.Cursor;

    /// <inheritdoc/>
    public override ReplayStatus TryNext(out ReplayPacket packet, out ReadOnlySpan<byte> payload)
    {
        packet = default;
        payload = default;
        // Before the look: what is whole now has nothing to come after it.
        var isWhole = log.Asset.State == AssetState.Complete;
        if (log.Asset.IsDeleted)
            return ReplayStatus.Ended;
        var status = inner.TryNext(out packet, out payload);
        return status == ReplayStatus.Waiting && isWhole ? ReplayStatus.Ended : status;
    }

    /// <inheritdoc/>
    internal override bool TryPeekPlace(out RecordPlace place)
    {
        place = default;
        return !log.Asset.IsDeleted && inner.TryPeekPlace(out place);
    }

    /// <inheritdoc/>
    internal override ReplayStatus Take(in RecordMeta meta, int payloadBytes, out ReplayPacket packet) => inner.Take(in meta, payloadBytes, out packet);

    /// <inheritdoc/>
    internal override bool TryTell(out RecordPlace place, out RecordMeta meta) => inner.TryTell(out place, out meta);

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        log.Dispose();
        base.Dispose(disposing);
    }
}
