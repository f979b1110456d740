using System.Globalization;

namespace Sluice.Control.Configuration;

/// <summary>A channel's delay: an object, or a duration that stands for <c>fixed</c>.</summary>
internal static class DelayBinder
{
    public static DelayConfig Bind(Section channel, long delayMaxNs)
    {
        var node = channel.Find("delay");
        if (node is { Kind: ConfigKind.String or ConfigKind.Number })
            return channel.TryDuration(node, 0, delayMaxNs, out var ns) ? new() { Mode = DelayMode.Fixed, ValueNs = ns } : new();
        var section = channel.Sub("delay", ConfigKeys.Delay);
        var defaults = new DelayConfig();
        var delay = new DelayConfig
        {
            Mode = section.Word("mode", defaults.Mode, ("spread", DelayMode.Spread), ("random", DelayMode.Random),
                ("fixed", DelayMode.Fixed), ("off", DelayMode.Off)),
            RangeNs = section.Duration("range", Math.Min(defaults.RangeNs, delayMaxNs), 0, delayMaxNs),
            Seed = section.Number("seed", defaults.Seed, 0, ulong.MaxValue),
            ValueNs = section.Duration("value", 0, 0, delayMaxNs),
        };
        CheckTogether(section, delay.Mode);
        section.Close();
        return delay;
    }

    private static void CheckTogether(Section section, DelayMode mode)
    {
        if (mode == DelayMode.Fixed)
            section.Require("value", "a duration, the delay of every client");
        else if (section.Find("value") is { } value)
            section.Wrong(value, "a value has a meaning only with mode \"fixed\"", "\"range\" and \"seed\", or \"mode\": \"fixed\"");
        if (mode is DelayMode.Fixed or DelayMode.Off && (section.Find("range") ?? section.Find("seed")) is { } range)
            section.Wrong(range, "range and seed have a meaning only with mode \"spread\" or \"random\"", "no such key here");
    }
}

/// <summary>What a dynamic payload type carries. The texts end up in SDP, so they must not be able to add lines to it.</summary>
internal static class MediaBinder
{
    private const string RtpMapForm = "an encoding and a clock rate such as \"H264/90000\" or \"MPEG4-GENERIC/48000/2\"";

    public static MediaConfig? Bind(Section section)
    {
        if (!section.IsPresent)
            return null;
        var rtpmap = section.Require("rtpmap", RtpMapForm);
        var (encoding, rate, channels) = ("", 0, (int?)null);
        if (rtpmap is not null && !(rtpmap.Kind == ConfigKind.String && TryReadRtpMap(rtpmap.Text, out encoding, out rate, out channels)))
            section.Wrong(rtpmap, $"{rtpmap.Quoted} is not an rtpmap", RtpMapForm);
        var media = new MediaConfig
        {
            Kind = section.Word("kind", "video", ("video", "video"), ("audio", "audio"), ("application", "application")),
            PayloadType = BindPayloadType(section),
            Encoding = encoding,
            ClockRate = rate,
            AudioChannels = channels,
            Fmtp = BindFmtp(section),
        };
        section.Close();
        return media;
    }

    private static int BindPayloadType(Section section)
    {
        var type = section.Number("payloadType", 96, 0, 127);
        // RFC 5761 §4: with RTP and RTCP told apart by the second byte, these look like RTCP.
        if (type is >= 72 and <= 76)
            section.Wrong(section.Find("payloadType")!, $"payload type {type} cannot be told from RTCP", "another one (96 to 127 are free for this)");
        return type;
    }

    private static string? BindFmtp(Section section)
    {
        const string Form = "the parameters of the a=fmtp line in one line of printable ASCII";
        var fmtp = section.Text("fmtp", Form);
        if (fmtp is null || (fmtp.Length is > 0 and <= 1024 && fmtp.All(c => c is >= ' ' and <= '~')))
            return fmtp;
        section.Wrong(section.Find("fmtp")!, "the text is empty, too long or not printable ASCII", Form);
        return null;
    }

    private static bool TryReadRtpMap(string text, out string encoding, out int rate, out int? channels)
    {
        var parts = text.Split('/');
        (encoding, rate, channels) = (parts[0], 0, null);
        if (parts.Length is < 2 or > 3 || !IsToken(encoding) || !TryCount(parts[1], 10_000_000, out rate))
            return false;
        if (parts.Length == 3)
        {
            if (!TryCount(parts[2], 64, out var count))
                return false;
            channels = count;
        }
        return true;
    }

    private static bool TryCount(string text, int max, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count >= 1 && count <= max;

    private static bool IsToken(string text) => text.Length is > 0 and <= 64
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+');
}
