namespace Sluice.Host.Assets;

/// <summary>What became of transfers. Any control thread adds, the metrics read; all only grow, but for <see cref="Running"/>.</summary>
internal sealed class AssetCounters
{
    /// <summary>Uploads, pulls and recordings that run now.</summary>
    public int Running;

    /// <summary>Bytes taken from uploads, pulls and recordings.</summary>
    public long Bytes;

    public long Completed, Refused, Failed, Deleted;

    /// <summary>Connections to upstream servers that ended before the object did, and objects that had changed and were begun anew.</summary>
    public long PullBreaks, PullRestarts;
}
