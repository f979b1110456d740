namespace Sluice.Flow;

/// <summary>
/// The clients of one feed as the stamp loop sees them: two columns, the ring and the delay. Owned by the stamp thread.
/// </summary>
internal sealed class FanOut
{
    private DepartureRing[] _rings = new DepartureRing[16];
    private long[] _delayNs = new long[16];

    public int Count { get; private set; }

    /// <summary>The largest delay ever seen: how long a packet must be kept. Never shrinks, for a client that left may still have
    /// departures in a send loop that has not heard of it yet.</summary>
    public long DelayMaxNs { get; private set; }

    // Growing allocates; a client joins far less often than a packet comes, and only one that breaks the record grows it.
    public void Add(DepartureRing ring, long delayNs)
    {
        if (Count == _rings.Length)
        {
            Array.Resize(ref _rings, 2 * Count);
            Array.Resize(ref _delayNs, 2 * Count);
        }
        ring.FanOutIndex = Count;
        (_rings[Count], _delayNs[Count]) = (ring, delayNs);
        Count++;
        DelayMaxNs = Math.Max(DelayMaxNs, delayNs);
    }

    /// <summary>Takes a ring out, the last one takes its place; nothing happens when it is not in.</summary>
    public void Remove(DepartureRing ring)
    {
        var index = ring.FanOutIndex;
        if (index < 0)
            return;
        Count--;
        (_rings[index], _delayNs[index]) = (_rings[Count], _delayNs[Count]);
        _rings[index].FanOutIndex = index;
        _rings[Count] = null!;
        ring.FanOutIndex = -1;
    }

    /// <summary>One departure for every client: due at the train's delivery time plus the client's delay, rounded up to a tick.</summary>
    public void Depart(uint train, long deliveryNs, int tickShift)
    {
        var rings = _rings.AsSpan(0, Count);
        var delays = _delayNs.AsSpan(0, Count);
        var roundedUp = deliveryNs + (1L << tickShift) - 1;
        for (var i = 0; i < rings.Length; i++)
            rings[i].Write(train, (uint)((roundedUp + delays[i]) >> tickShift));
    }
}
