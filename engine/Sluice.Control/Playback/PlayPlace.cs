using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Playback;

/// <summary>What a PLAY says of time. Null where it says nothing.</summary>
public readonly record struct PlayAsk(RangeHeader? Range = null, double? Scale = null);

/// <summary>Where a session's packets are to come from.</summary>
/// <param name="IsLive">From the channel as it is now; nothing else counts then.</param>
/// <param name="FromNs">Where to begin, in the span's unit.</param>
/// <param name="UntilNs">Where to end; null = with the asset, or never.</param>
/// <param name="Scale">How much faster than it was: 1, or see <see cref="PlayRules.ScaleOf"/>.</param>
/// <param name="Resumes">
/// Exactly with the packet after the last one that was sent, which lies at about <paramref name="FromNs"/>; else a decoder must be able to start there.
/// </param>
public readonly record struct PlayPlace(bool IsLive, long FromNs = 0, long? UntilNs = null, int Scale = 1, bool Resumes = false)
{
    public static readonly PlayPlace Live = new(IsLive: true);
}

/// <summary>The answer to a PLAY, as far as it concerns time.</summary>
/// <param name="Status">Ok, or why not.</param>
/// <param name="Place">Where the session goes; null = it goes on as it does.</param>
/// <param name="Reason">Of a refusal, for people.</param>
public readonly record struct PlayDecision(RtspStatus Status, PlayPlace? Place = null, string? Reason = null)
{
    public static readonly PlayDecision GoOn = new(RtspStatus.Ok);

    public static PlayDecision Go(in PlayPlace place) => new(RtspStatus.Ok, place);

    public static PlayDecision Refuse(string reason) => new(RtspStatus.InvalidRange, null, reason);
}
