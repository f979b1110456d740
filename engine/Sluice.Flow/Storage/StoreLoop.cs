using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>Makes the store loop over the slab and the reading half of the stamp loop's ring.</summary>
public delegate StoreLoop StoreLoopFactory(Slab slab, object references);

/// <summary>Appends payloads to segments. Is waited for by nobody.</summary>
public sealed class StoreLoop
{
    public LoopGate Gate { get; } = new();
}
