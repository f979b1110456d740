namespace Sluice.Sim;

/// <summary>What the checkers of a run share: the promises in numbers.</summary>
public sealed class CheckContext(SimNet net, PlayerTable players)
{
    public SimNet Net => net;
    public PlayerTable Players => players;

    /// <summary>By feed: the latest that a packet may be behind its arrival at the engine when nothing disturbs; 0 when a media clock decides.</summary>
    public required long[] LatestNs { get; init; }

    /// <summary>By feed: how far two players' copies of one packet may lie apart once their delays are taken off: a tick and the loops' wake-ups.</summary>
    public required long[] ToleranceNs { get; init; }

    /// <summary>Until then departures may be late: a loop stands still or a socket is full.</summary>
    public long DisturbedUntilNs { get; set; }

    /// <summary>Until then a full socket may still hold messages of players that have stopped.</summary>
    public long BlockedUntilNs { get; set; }

    /// <summary>How far a report's line may be from the last packet, ns, by feed: jitter, quantum, a frame.</summary>
    public required long[] ReportToleranceNs { get; init; }

    /// <summary>Whether a feed's reports must give the clock rate: not where jitter alone makes its clock jump.</summary>
    public required bool[] ReportsAreSteady { get; init; }

    public BrokenPromiseException Broken(int player, string what) =>
        new($"at {net.NowNs} ns, player {player} ({players.Spec[player]?.Kind}, feed {players.Feed[player]}, delay {players.DelayNs[player]} ns): {what}");
}
