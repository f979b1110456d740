using Sluice.Wire.Rtp;
using Sluice.Wire.Sdp;

namespace Sluice.Control.Rtsp;

/// <summary>One media section of a peer's description that Sluice can carry.</summary>
/// <param name="Media">What its packets carry; nothing of it is changed on the way.</param>
/// <param name="Control">The section's control attribute as written; null when it has none.</param>
public sealed record SdpTrack(MediaDescription Media, string? Control);

/// <summary>Reads from a session description which tracks a peer offers (RFC 2326 §C.1, RFC 8866 §5.14).</summary>
public static class SdpTracks
{
    /// <summary>What a peer calls its streams goes into our own descriptions, logs and status: no longer than the longest that is met, twice over.</summary>
    private const int EncodingNameMax = 64, FormatParametersMax = 4_096;

    /// <summary>The RTP sections in their order, at most so many. One whose first payload type says nothing is passed over.</summary>
    public static IReadOnlyList<SdpTrack> Read(SdpSession session, int tracksMax)
    {
        var tracks = new List<SdpTrack>();
        foreach (var section in session.Media)
            if (tracks.Count < tracksMax && TryRead(section, out var media))
                tracks.Add(new SdpTrack(media, section.Control));
        return tracks;
    }

    private static bool TryRead(SdpMedia section, out MediaDescription media)
    {
        media = MediaDescription.TransportStream;
        if (!section.Protocol.StartsWith("RTP/AVP", StringComparison.OrdinalIgnoreCase)
            || !byte.TryParse(section.Formats[0], out var payloadType) || payloadType > RtpStaticPayloadTypes.DynamicMax
            || !section.TryGetRtpMap(payloadType, out var map) || !IsName(map.EncodingName)
            || section.FormatParameters(payloadType) is { } parameters && !IsPlain(parameters))
            return false;
        var kind = section.Kind switch { "audio" => MediaKind.Audio, "video" => MediaKind.Video, _ => MediaKind.Application };
        media = new MediaDescription(kind, payloadType, map.EncodingName, map.ClockRate, map.Channels, section.FormatParameters(payloadType));
        return true;
    }

    private static bool IsName(string text) =>
        text.Length <= EncodingNameMax && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+');

    private static bool IsPlain(string text) => text.Length <= FormatParametersMax && text.All(c => c is >= ' ' and <= '~');
}
