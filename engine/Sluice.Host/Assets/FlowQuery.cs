using System.Globalization;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>Which stream of a capture is meant: <c>?port=5004&amp;ssrc=0x1234&amp;rtpmap=H264/90000</c>.</summary>
internal static class FlowQuery
{
    /// <summary>Null, or what is wrong, as a sentence.</summary>
    public static string? Read(IQueryCollection query, out FlowWish flow) => Read(query["port"], query["ssrc"], query["rtpmap"], out flow);

    public static string? Read(string? portText, string? ssrcText, string? rtpmap, out FlowWish flow)
    {
        flow = default;
        if (!string.IsNullOrEmpty(portText))
        {
            if (!ushort.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
                return "port is a UDP port.";
            flow = flow with { Port = port };
        }
        if (!string.IsNullOrEmpty(ssrcText))
        {
            var isHex = ssrcText.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            var style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
            if (!uint.TryParse(isHex ? ssrcText[2..] : ssrcText, style, CultureInfo.InvariantCulture, out var ssrc))
                return "ssrc is a number of 32 bits, decimal or with 0x.";
            flow = flow with { Ssrc = ssrc };
        }
        if (!string.IsNullOrEmpty(rtpmap))
        {
            if (rtpmap.Split('/') is not [{ Length: > 0 and <= 31 } name, var rateText, ..]
                || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
                || !uint.TryParse(rateText, NumberStyles.None, CultureInfo.InvariantCulture, out var rate) || rate == 0)
                return "rtpmap is ENCODING/CLOCKRATE, such as H264/90000.";
            flow = flow with { Media = new StoredMedia(0, rate, name) };
        }
        return null;
    }
}
