using System.Globalization;
using Sluice.Control.Playback;
using Sluice.Wire.Rtsp.Headers;
using Sluice.Wire.Sdp;

namespace Sluice.Control.Rtsp;

/// <summary>Makes the session description of a channel from what its stream is (RFC 8866, RFC 2326 §C).</summary>
public static class ChannelSdp
{
    /// <summary>The control name of a channel's track, relative to the Content-Base.</summary>
    public static string TrackControl(int track) => string.Create(CultureInfo.InvariantCulture, $"trackID={track}");

    /// <summary>For DESCRIBE: no port, because SETUP negotiates it (RFC 2326 §C.1.2), and no address but the family's zero.</summary>
    /// <param name="channel">What to describe.</param>
    /// <param name="isIpv6">The family of the peer.</param>
    /// <param name="feedback">Whether the peer can read the profile with feedback (RFC 4585), where the channel has it.</param>
    /// <param name="span">What can be asked for beside now.</param>
    public static SdpSession ForRtsp(ChannelDescription channel, bool isIpv6, bool feedback = true, MediaSpan? span = null)
    {
        var any = isIpv6 ? "::" : "0.0.0.0";
        return new SdpSession(channel.Name, SdpOrigin.Anonymous with { Address = any, IsIpv6 = isIpv6 })
        {
            Connection = new SdpConnection(any, isIpv6),
            Attributes = [new("control", "*"), .. Ranges(span)],
            Media = [.. channel.Tracks.Select((media, track) => WithFeedback(
                Section(media, port: 0, new SdpAttribute("control", TrackControl(track))), media, channel.Retransmit, feedback))],
        };
    }

    // "Now" first: GStreamer takes the first range that it can read, and of a clock range it would begin with the oldest. Those that care for the window
    // (live555, recorders) read on.
    private static SdpAttribute[] Ranges(MediaSpan? span) => span switch
    {
        null => [new("range", RangeHeader.Live.ToString())],
        { IsChannel: true } window => [new("range", RangeHeader.Live.ToString()), new("range", window.Described.ToString())],
        { } asset => [new("range", asset.Described.ToString())],
    };

    /// <summary>For a destination that is sent to without asking: a .sdp file, or a SAP announcement.</summary>
    /// <param name="channel">The tracks that go there.</param>
    /// <param name="origin">Who says it.</param>
    /// <param name="destination">Where.</param>
    /// <param name="ports">The RTP port of each track.</param>
    public static SdpSession ForDestination(ChannelDescription channel, SdpOrigin origin, SdpConnection destination, IReadOnlyList<ushort> ports) =>
        new(channel.Name, origin) { Connection = destination, Media = [.. channel.Tracks.Zip(ports, (media, port) => Section(media, port))] };

    // RFC 4585 §4.2; RFC 4588 §8.6: the retransmission stream is another payload type of the same section.
    private static SdpMedia WithFeedback(SdpMedia section, MediaDescription media, RetransmitOffer? retransmit, bool feedback)
    {
        if (retransmit is not { } offer || !feedback)
            return section;
        var rtx = RetransmitOffer.RtxPayloadType(media);
        List<SdpAttribute> attributes = [.. section.Attributes, new("rtcp-fb", string.Create(CultureInfo.InvariantCulture, $"{media.PayloadType} nack"))];
        if (!offer.HasRtx)
            return section with { Protocol = "RTP/AVPF", Attributes = attributes };
        attributes.Add(new("rtpmap", new SdpRtpMap(rtx, "rtx", media.ClockRate, 1).ToString()));
        attributes.Add(new("fmtp", string.Create(CultureInfo.InvariantCulture, $"{rtx} apt={media.PayloadType};rtx-time={offer.TimeMs}")));
        return section with
        {
            Protocol = "RTP/AVPF", Attributes = attributes, Formats = [.. section.Formats, rtx.ToString(CultureInfo.InvariantCulture)],
        };
    }

    private static SdpMedia Section(MediaDescription media, ushort port, params ReadOnlySpan<SdpAttribute> more)
    {
        var map = new SdpRtpMap(media.PayloadType, media.EncodingName, media.ClockRate, media.Channels);
        var attributes = new List<SdpAttribute> { new("rtpmap", map.ToString()) };
        if (media.FormatParameters is { } parameters)
            attributes.Add(new("fmtp", string.Create(CultureInfo.InvariantCulture, $"{media.PayloadType} {parameters}")));
        foreach (var attribute in more)
            attributes.Add(attribute);
        return new SdpMedia(KindName(media.Kind), port, "RTP/AVP", [media.PayloadType.ToString(CultureInfo.InvariantCulture)])
        {
            Attributes = attributes,
        };
    }

    private static string KindName(MediaKind kind) => kind switch
    {
        MediaKind.Audio => "audio",
        MediaKind.Application => "application",
        _ => "video",
    };
}
