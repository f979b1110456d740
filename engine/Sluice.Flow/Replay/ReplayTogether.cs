using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// What the replays of one session's tracks share: one shift from the line of time on which they were stored to delivery, so that picture and sound are
/// as far apart as they were, and one beginning, when the client of each of them is there. Made by a control thread; owned by the replay
/// thread, which reads all of them.
/// </summary>
/// <param name="members">Replays that are opened with it.</param>
/// <param name="startNs">Media time of the first packet of all of them, ns.</param>
/// <param name="shiftNsMin">
/// The shift is not less, ns: of a channel, whose newest packets must have been written before they are due; null = any.
/// </param>
public sealed class ReplayTogether(int members, long startNs, long? shiftNsMin = null)
{
    /// <summary>Every member is looked at once, and its first packets get to a send loop.</summary>
    internal const long BeginNs = 40_000_000;

    /// <summary>A client that has not come so long after another is not waited for: its order was lost.</summary>
    private const long WaitNs = 500_000_000;

    private readonly HashSet<Replay> _there = new(members);
    private MonotonicTime _since;
    private long? _shiftNs;

    /// <summary>Delivery time minus media time for all of them; null until they begin.</summary>
    public long? ShiftNs => _shiftNs;

    /// <summary>A member's look: null while it is to wait.</summary>
    /// <param name="member">Who asks.</param>
    /// <param name="hasClient">Its client is there.</param>
    /// <param name="lookNs">How long from one look at a replay to the next.</param>
    /// <param name="now">Now.</param>
    internal long? Shift(Replay member, bool hasClient, long lookNs, MonotonicTime now)
    {
        if (_shiftNs is not null || !hasClient && _there.Count == 0)
            return _shiftNs;
        if (_there.Count == 0)
            _since = now;
        if (hasClient)
            _there.Add(member);
        if (_there.Count < members && now - _since < WaitNs)
            return null;
        var shiftNs = now.Ns + BeginNs + (members > 1 ? lookNs : 0) - startNs;
        return _shiftNs = Math.Max(shiftNs, shiftNsMin ?? long.MinValue);
    }
}
