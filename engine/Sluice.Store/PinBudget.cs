namespace Sluice.Store;

/// <summary>
/// How many bytes of segments may be kept from making room, all readers together: when the window moves on over them, the store takes as much
/// space beside its own. Any thread.
/// </summary>
public sealed class PinBudget(long bytesMax)
{
    private long _taken;

    public long BytesMax => bytesMax;

    /// <summary>Bytes taken now.</summary>
    public long Taken => Volatile.Read(ref _taken);

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= bytesMax)
            return true;
        Return(bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
