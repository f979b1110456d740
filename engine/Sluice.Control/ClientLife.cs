using Sluice.Linux;

namespace Sluice.Control;

/// <summary>When a client ends by what it says or does not say over RTCP.</summary>
public static class ClientLife
{
    /// <summary>
    /// A BYE ends a session, and an output that has a timeout; a destination that somebody configured without one stays whatever it
    /// says. Reports that never came cannot stop: not every receiver sends any.
    /// </summary>
    /// <param name="isSession">It came by itself. Its silence is the session's affair, which also counts requests.</param>
    /// <param name="saidBye">The bound peer said BYE.</param>
    /// <param name="timeoutNs">The output's timeout, ns; null = none.</param>
    /// <param name="lastHeard">Its last report; null = none came.</param>
    /// <param name="now">Now.</param>
    public static bool HasEnded(bool isSession, bool saidBye, long? timeoutNs, MonotonicTime? lastHeard, MonotonicTime now) =>
        (saidBye && (isSession || timeoutNs is not null)) || (timeoutNs is { } timeout && lastHeard is { } heard && now - heard > timeout);
}
