using Sluice.Linux;

namespace Sluice.Control.Access;

/// <summary>
/// Which counts of which nonce were used (RFC 7616 §3.4: nc). Only requests with the right password get here, so strangers cannot
/// fill it; when it is full all the same, the oldest nonce and everything before it is stale from then on. Any control thread; takes a lock.
/// </summary>
internal sealed class NonceCounts(int noncesMax = NonceCounts.NoncesMax)
{
    /// <summary>A thousand new players a second use their nonces within the first second; at 48 bytes each.</summary>
    public const int NoncesMax = 16_384;

    /// <summary>How long a nonce is good for.</summary>
    public const long LifeNs = 60_000_000_000;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, (uint Highest, ulong Seen)> _used = [];
    private long _forgottenUntilNs = long.MinValue;

    public int Count
    {
        get
        {
            lock (_lock)
                return _used.Count;
        }
    }

    /// <summary>False when the nonce is too old or from before what has been forgotten.</summary>
    public bool IsFresh(Nonce nonce, MonotonicTime now)
    {
        lock (_lock)
            return now.Ns - nonce.IssuedNs < LifeNs && nonce.IssuedNs > _forgottenUntilNs;
    }

    /// <summary>
    /// Takes a count, once. Counts may come out of order by up to 63, as those of an HTTP client with several connections do.
    /// </summary>
    public bool TryUse(Nonce nonce, uint count, MonotonicTime now)
    {
        lock (_lock)
        {
            if (nonce.IssuedNs <= _forgottenUntilNs)
                return false;
            if (!_used.TryGetValue(nonce.IssuedNs, out var used))
                Forget(now);
            if (!TryMark(ref used, count))
                return false;
            _used[nonce.IssuedNs] = used;
            return true;
        }
    }

    /// <summary>Bit n of Seen stands for the count Highest − n (the window of RFC 4303 §3.4.3).</summary>
    private static bool TryMark(ref (uint Highest, ulong Seen) used, uint count)
    {
        if (count > used.Highest)
        {
            var ahead = count - used.Highest;
            used = (count, ahead > 63 ? 1 : used.Seen << (int)ahead | 1);
            return true;
        }
        var behind = used.Highest - count;
        if (behind > 63 || (used.Seen & 1UL << (int)behind) != 0)
            return false;
        used.Seen |= 1UL << (int)behind;
        return true;
    }

    /// <summary>Makes room for one more.</summary>
    private void Forget(MonotonicTime now)
    {
        while (_used.Count > 0)
        {
            var oldest = _used.Keys.First();
            if (now.Ns - oldest < LifeNs && _used.Count < noncesMax)
                return;
            _used.Remove(oldest);
            _forgottenUntilNs = Math.Max(_forgottenUntilNs, oldest);
        }
    }
}
