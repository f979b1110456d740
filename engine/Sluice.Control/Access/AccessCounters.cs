namespace Sluice.Control.Access;

/// <summary>What became of requests for channels that are not open. Shared between control threads: interlocked adds only.</summary>
public sealed class AccessCounters
{
    internal long GrantedCount, UnprovenCount, StaleCount, ReplayedCount, RefusedCount, ForbiddenCount, LockedCount;

    public long Granted => Interlocked.Read(ref GrantedCount);

    /// <summary>Came without credentials: the first request of every player.</summary>
    public long Unproven => Interlocked.Read(ref UnprovenCount);

    /// <summary>Right password, old nonce.</summary>
    public long Stale => Interlocked.Read(ref StaleCount);

    /// <summary>Right password, and a count that was used before: a copy, or a client that counts wrong.</summary>
    public long Replayed => Interlocked.Read(ref ReplayedCount);

    /// <summary>Wrong password or unknown user.</summary>
    public long Refused => Interlocked.Read(ref RefusedCount);

    /// <summary>Known user, not on the channel's list.</summary>
    public long Forbidden => Interlocked.Read(ref ForbiddenCount);

    /// <summary>From an address with too many wrong passwords.</summary>
    public long Locked => Interlocked.Read(ref LockedCount);
}
