using Sluice.Flow;

namespace Sluice.Sim;

/// <summary>One receiver's life. Instants are absolute; <see cref="long.MaxValue"/> never comes.</summary>
public sealed record PlayerPlan(int Feed, ClientKind Kind, long DelayNs, long JoinNs, long PauseNs, long ResumeNs, long LeaveNs, PlayerFault Fault)
{
    /// <summary>Begins at the last random access point where there is one.</summary>
    public bool StartsAtAccess { get; init; }

    /// <summary>Null: it loses nothing on its last mile.</summary>
    public AskPlan? Asks { get; init; }

    public static PlayerPlan Steady(int feed, long delayNs, long joinNs) =>
        new(feed, ClientKind.RtpOverUdp, delayNs, joinNs, long.MaxValue, long.MaxValue, long.MaxValue, default);
}

/// <summary>A player that loses packets on its last mile and asks for them again, where its feed keeps them.</summary>
/// <param name="LossRate">0 to 1.</param>
/// <param name="Repeats">How often it asks for each, whether it comes or not; 1 asks until it has come, once.</param>
/// <param name="Rtx">As a stream of its own (RFC 4588).</param>
public sealed record AskPlan(double LossRate, int Repeats, bool Rtx)
{
    /// <summary>Of the media rate, and what may come at once: as the engine has it (RetransmitState).</summary>
    public const double Share = 0.25, BurstBytes = 48_000;

    /// <summary>The rate that the engine measures may be that of players who catch up, or of a burst.</summary>
    public const double CatchUpMax = 3;
    public const byte RtxPayloadType = 97;
}

/// <summary>One thread stands still: between two passes, or in the middle of one with the clock already read.</summary>
public readonly record struct StallPlan(long AtNs, int Thread, long LengthNs, bool MidPass);

/// <summary>One send loop's socket has no room for a while.</summary>
public readonly record struct BlockPlan(long AtNs, int SendLoop, long LengthNs);
