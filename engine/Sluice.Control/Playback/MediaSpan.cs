using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Playback;

/// <summary>What can be asked for beside "now": what a channel keeps of its past, or an asset from its beginning to its end.</summary>
/// <param name="Unit">Clock for a channel: wall times at which packets were due. Npt for an asset: from its beginning.</param>
/// <param name="StartNs">The oldest that is there, in the unit's nanoseconds.</param>
/// <param name="EndNs">The newest: of a channel now, of an asset its length, or what is there of it so far.</param>
/// <param name="IsGrowing">More comes: a channel that is live, an asset that is still being fetched.</param>
/// <param name="HasScales">Access points are known, so that it can be played faster by going from one to the next.</param>
public readonly record struct MediaSpan(RangeUnit Unit, long StartNs, long EndNs, bool IsGrowing = true, bool HasScales = false)
{
    /// <summary>Whether there is a "now" to go on to.</summary>
    public bool IsChannel => Unit == RangeUnit.Clock;

    /// <summary>What SDP says of it (RFC 2326 §C.1.5): players show a seek bar by it.</summary>
    public RangeHeader Described => IsChannel
        ? new(RangeUnit.Clock, (StartNs + MillisecondNs - 1) / MillisecondNs * MillisecondNs) : new(RangeUnit.Npt, StartNs, IsGrowing ? null : EndNs);

    private const long MillisecondNs = 1_000_000;
}
