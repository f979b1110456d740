using System.Globalization;

namespace Sluice.Wire.Sdp;

/// <summary>One media section: the <c>m=</c> line (RFC 8866 §5.14) and what follows it.</summary>
/// <param name="Kind">audio, video, application, …</param>
/// <param name="Port">0 where RTSP negotiates it.</param>
/// <param name="Protocol">e.g. <c>RTP/AVP</c>.</param>
/// <param name="Formats">For RTP the payload types, as text.</param>
public sealed record SdpMedia(string Kind, ushort Port, string Protocol, IReadOnlyList<string> Formats)
{
    public int PortCount { get; init; } = 1;
    public SdpConnection? Connection { get; init; }
    public IReadOnlyList<SdpAttribute> Attributes { get; init; } = [];

    /// <summary>The URL, absolute or relative, by which RTSP controls this track (RFC 2326 §C.1.1).</summary>
    public string? Control => SdpText.Find(Attributes, "control");

    /// <summary>The mapping of a payload type: its rtpmap line, or what RFC 3551 assigns.</summary>
    public bool TryGetRtpMap(byte payloadType, out SdpRtpMap map)
    {
        foreach (var attribute in Attributes)
            if (attribute is { Name: "rtpmap", Value: { } value } && SdpRtpMap.TryParse(value, out map) && map.PayloadType == payloadType)
                return true;
        return SdpRtpMap.TryGetStatic(payloadType, out map);
    }

    /// <summary>Format parameters of a payload type (RFC 8866 §6.15), without the number in front.</summary>
    public string? FormatParameters(byte payloadType)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"{payloadType} ");
        foreach (var attribute in Attributes)
            if (attribute is { Name: "fmtp", Value: { } value } && value.StartsWith(prefix, StringComparison.Ordinal))
                return value[prefix.Length..];
        return null;
    }

    public static bool TryParse(string text, out SdpMedia media)
    {
        media = new SdpMedia("", 0, "", []);
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 4 || parts.Length - 3 > SdpLimits.FormatsMax)
            return false;
        var port = parts[1].Split('/');
        ulong count = 1;
        if (port.Length > 2 || !SdpText.TryParseNumber(port[0], ushort.MaxValue, out var first)
            || (port.Length == 2 && (!SdpText.TryParseNumber(port[1], ushort.MaxValue, out count) || count == 0)))
            return false;
        media = new SdpMedia(parts[0], (ushort)first, parts[2], parts[3..]) { PortCount = (int)count };
        return true;
    }

    /// <summary>The value of the <c>m=</c> line alone.</summary>
    public override string ToString()
    {
        var count = PortCount == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"/{PortCount}");
        return string.Create(CultureInfo.InvariantCulture, $"{Kind} {Port}{count} {Protocol} {string.Join(' ', Formats)}");
    }
}
