using System.Globalization;

namespace Sluice.Control.Configuration;

/// <summary>
/// How the sender of a unicast RTP source is asked for lost packets (RFC 4585): <c>?nack=on</c>, or <c>?nack=5007</c> with the port at which
/// it hears RTCP, and <c>&amp;rtx=97</c> with the payload type under which it sends them again (RFC 4588).
/// </summary>
/// <param name="RtcpPort">Null = where its reports come from, and before the first one the port above its RTP port.</param>
/// <param name="RtxPayloadType">Null = they come as they were.</param>
public sealed record SourceNack(int? RtcpPort, int? RtxPayloadType)
{
    internal static readonly string[] Keys = ["nack", "rtx"];

    /// <summary>The least time that a lost packet is waited for: a round trip in one building, and a little.</summary>
    public const long WindowMinNs = 10_000_000;

    /// <returns>Null when it was read; otherwise what is wrong with it.</returns>
    internal static string? Read(in MediaUrl url, bool isMulticast, out SourceNack? nack)
    {
        nack = null;
        var (asks, rtx) = (Value(url, "nack"), Value(url, "rtx"));
        if (asks is null)
            return rtx is null ? null : "rtx= is how lost packets come back, and nobody asks for them (nack=on)";
        if (url.Scheme != MediaScheme.Rtp)
            return "udp:// has no sequence numbers: what is lost cannot be asked for";
        if (isMulticast)
            return "the sender of a group cannot be asked for what one receiver has lost: nack= is for unicast";
        // The next port is RTCP's (RFC 3550 §11).
        if (url.Port == ushort.MaxValue)
            return $"nack= needs the port above for RTCP, and there is none above {url.Port}";
        if (asks != "on" && !TryNumber(asks, ushort.MaxValue, out _))
            return $"\"{ConfigNode.Shown(asks)}\" is not \"on\" or the sender's RTCP port";
        if (rtx is not null && (!TryNumber(rtx, 127, out var type) || type is >= 72 and <= 76))
            return $"\"{ConfigNode.Shown(rtx)}\" is not a payload type (96 to 127 are free for this)";
        nack = new SourceNack(TryNumber(asks, ushort.MaxValue, out var port) ? port : null, TryNumber(rtx ?? "", 127, out var again) ? again : null);
        return null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"nack={(RtcpPort is { } port ? port : "on")}{(RtxPayloadType is { } rtx ? $"&rtx={rtx}" : "")}");

    private static string? Value(in MediaUrl url, string key) => url.Query.FirstOrDefault(pair => pair.Key == key).Value;

    private static bool TryNumber(string text, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= max;
}
