using Sluice.Control.Playback;
using Sluice.Linux;

namespace Sluice.Control.Rtsp;

/// <summary>How far what a session plays of the past has come.</summary>
public enum ReplayNews
{
    /// <summary>There is more.</summary>
    None,

    /// <summary>It has caught up with "now": faster than 1 is not to be had any more.</summary>
    CaughtUp,

    /// <summary>The last packet of the range or of the asset has been sent.</summary>
    Ended,
}

/// <summary>What PLAY and PAUSE need of the engine to move in time. On the control thread that runs the connection.</summary>
public interface ITimeAdmission
{
    /// <summary>What of the channel can be asked for beside "now"; null = nothing.</summary>
    MediaSpan? SpanOf(ChannelDescription channel, MonotonicTime now);

    /// <summary>
    /// Makes ready what the next Play of these clients of one session sends, and stops what they are sent now, so that
    /// <see cref="IClientAdmission.NextPositions"/> are final. Null = done, and <paramref name="startNs"/> is where the first packet lies, in the span's unit
    /// (without meaning for live); else everything is as it was.
    /// </summary>
    RtspRefusal? TryGo(IReadOnlyList<ClientId> clients, in PlayPlace place, MonotonicTime now, out long startNs);

    /// <summary>Asked a few times a second for a session that plays what is kept.</summary>
    ReplayNews NewsOf(ClientId client, MonotonicTime now);
}
