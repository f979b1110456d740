using System.Globalization;

namespace Sluice.Wire.Sdp;

/// <summary><c>a=rtpmap:96 H264/90000</c>: what a payload type carries (RFC 8866 §6.6).</summary>
/// <param name="PayloadType">0–127.</param>
/// <param name="EncodingName">Compared without regard to case.</param>
/// <param name="ClockRate">RTP timestamp units per second.</param>
/// <param name="Channels">Audio channels; 1 is not written.</param>
public readonly record struct SdpRtpMap(byte PayloadType, string EncodingName, int ClockRate, int Channels = 1)
{
    /// <summary>The static assignments that are still met (RFC 3551 §6).</summary>
    private static readonly SdpRtpMap[] Static =
    [
        new(0, "PCMU", 8000), new(3, "GSM", 8000), new(8, "PCMA", 8000), new(9, "G722", 8000), new(10, "L16", 44100, 2),
        new(11, "L16", 44100), new(14, "MPA", 90000), new(26, "JPEG", 90000), new(31, "H261", 90000), new(32, "MPV", 90000),
        new(33, "MP2T", 90000), new(34, "H263", 90000),
    ];

    /// <summary>What the number means without an rtpmap line, when RFC 3551 assigns it.</summary>
    public static bool TryGetStatic(byte payloadType, out SdpRtpMap map)
    {
        map = Array.Find(Static, entry => entry.PayloadType == payloadType);
        return map.EncodingName is not null;
    }

    public static bool TryParse(string text, out SdpRtpMap map)
    {
        map = default;
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || !SdpText.TryParseNumber(text.AsSpan(0, space), 127, out var payloadType))
            return false;
        var parts = text[(space + 1)..].Trim(' ').Split('/');
        ulong channels = 1;
        if (parts.Length is < 2 or > 3 || parts[0].Length == 0 || !SdpText.TryParseNumber(parts[1], int.MaxValue, out var clockRate) || clockRate == 0
            || (parts.Length == 3 && (!SdpText.TryParseNumber(parts[2], 255, out channels) || channels == 0)))
            return false;
        map = new SdpRtpMap((byte)payloadType, parts[0], (int)clockRate, (int)channels);
        return true;
    }

    public override string ToString() => Channels == 1
        ? string.Create(CultureInfo.InvariantCulture, $"{PayloadType} {EncodingName}/{ClockRate}")
        : string.Create(CultureInfo.InvariantCulture, $"{PayloadType} {EncodingName}/{ClockRate}/{Channels}");
}
