using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>The Range header of a live channel (RFC 2326 §12.29).</summary>
internal static class LiveRange
{
    /// <summary>Normal play time of a live channel has one point, now. A wall-clock range asks for what is past, and is refused.</summary>
    public static bool IsAsked(RtspMessage request) =>
        !request.TryGetHeader(RangeHeader.Name, out var text)
        || (RangeHeader.TryParse(text, out var range) && range.Unit == RangeUnit.Npt);
}
