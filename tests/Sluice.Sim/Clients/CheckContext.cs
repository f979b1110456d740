namespace Sluice.Sim;

/// <summary>What the checkers of a run share: the promises in numbers.</summary>
public sealed class CheckContext(SimNet net, PlayerTable players, long startNs)
{
    public SimNet Net => net;
    public PlayerTable Players => players;

    /// <summary>By feed: the latest that a packet may be behind its arrival at the engine when nothing disturbs; 0 when a media clock decides.</summary>
    public required long[] LatestNs { get; init; }

    /// <summary>By feed: how far two players' copies of one packet may lie apart once their delays are taken off: a tick and the loops' wake-ups.</summary>
    public required long[] ToleranceNs { get; init; }

    /// <summary>What the sources send, by source: where their tables and access points are.</summary>
    public required IReadOnlyList<StreamPlan> Streams { get; init; }

    /// <summary>By feed: how unevenly a feed's own times go against arrivals, for players that are still behind their place.</summary>
    public required long[] UnevennessNs { get; init; }

    /// <summary>Until then departures may be late: a loop stands still or a socket is full.</summary>
    public long DisturbedUntilNs { get; private set; }

    /// <summary>How long after a disturbance everything may take to be on time again.</summary>
    public const long RecoveryNs = 10_000_000;

    public void Disturb(long untilNs)
    {
        DisturbedUntilNs = Math.Max(DisturbedUntilNs, untilNs + RecoveryNs);
        // A loop that stands still with a full batch finds it there when it goes on.
        if (net.NowNs <= BlockedUntilNs)
            BlockedUntilNs = Math.Max(BlockedUntilNs, untilNs + RecoveryNs);
    }

    /// <summary>Until then a full socket may still hold messages of players that have stopped.</summary>
    public long BlockedUntilNs { get; private set; }

    /// <summary>A message waits at most this long in a full socket's batch.</summary>
    public required long BlockedBoundNs { get; init; }

    public void DisturbByFullSocket()
    {
        BlockedUntilNs = net.NowNs + BlockedBoundNs + RecoveryNs;
        Disturb(net.NowNs + BlockedBoundNs);
    }

    /// <summary>How far a report's line may be from the last packet, ns, by feed: jitter, quantum, a frame.</summary>
    public required long[] ReportToleranceNs { get; init; }

    /// <summary>Whether a feed's reports must give the clock rate: not where jitter alone makes its clock jump.</summary>
    public required bool[] ReportsAreSteady { get; init; }

    public BrokenPromiseException Broken(int player, string what) =>
        new($"at {(net.NowNs - startNs) / 1e9:F6} s, player {player} ({players.Spec[player]?.Kind}, "
            + $"feed {players.Feed[player]}, delay {players.DelayNs[player]} ns): {what}");
}
