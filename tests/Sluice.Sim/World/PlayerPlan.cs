using Sluice.Flow;

namespace Sluice.Sim;

/// <summary>One receiver's life. Instants are absolute; <see cref="long.MaxValue"/> never comes.</summary>
public sealed record PlayerPlan(int Feed, ClientKind Kind, long DelayNs, long JoinNs, long PauseNs, long ResumeNs, long LeaveNs, PlayerFault Fault)
{
    /// <summary>Begins at the last random access point where there is one.</summary>
    public bool StartsAtAccess { get; init; }

    public static PlayerPlan Steady(int feed, long delayNs, long joinNs) =>
        new(feed, ClientKind.RtpOverUdp, delayNs, joinNs, long.MaxValue, long.MaxValue, long.MaxValue, default);
}

/// <summary>One thread stands still: between two passes, or in the middle of one with the clock already read.</summary>
public readonly record struct StallPlan(long AtNs, int Thread, long LengthNs, bool MidPass);

/// <summary>One send loop's socket has no room for a while.</summary>
public readonly record struct BlockPlan(long AtNs, int SendLoop, long LengthNs);
