namespace Sluice.Load.Receiving;

/// <summary>Something that a <see cref="ReceiverSet"/> watches. All calls come on the set's thread.</summary>
internal abstract class Readable
{
    /// <summary>Descriptor to watch for input.</summary>
    public abstract int Handle { get; }

    /// <summary>Its place in the set; -1 when it is in none.</summary>
    public int Tag { get; set; } = -1;

    /// <summary>There is input; one bounded read, the rest comes again.</summary>
    public abstract void OnReadable(ReceiverSet set, long nowNs);
}
