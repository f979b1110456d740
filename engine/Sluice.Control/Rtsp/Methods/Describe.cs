using System.Net.Sockets;
using Sluice.Control.Access;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;
using Sluice.Wire.Sdp;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>DESCRIBE (RFC 2326 §10.2): the channel's session description.</summary>
internal static class Describe
{
    private const string SdpType = "application/sdp";

    public static void Handle(in RtspExchange exchange)
    {
        if (exchange.Url.Channel is not { } name || !exchange.Connection.Admission.TryFindChannel(name, out var channel))
            exchange.AnswerUnknown(exchange.Url.Channel, AccessRight.Read);
        else if (!RtspGate.Admits(exchange, channel.Name, AccessRight.Read))
            return;
        else if (!(channel.IsOnline ? RtspExchange.HasTrack(channel, exchange.Url) : exchange.Url.Track is null or 0))
            exchange.Answer(RtspStatus.NotFound);
        else if (!AcceptsSdp(exchange.Request))
            exchange.Answer(RtspStatus.NotAcceptable);
        else if (!channel.IsOnline)
            exchange.Answer(RtspStatus.ServiceUnavailable);
        else
            Answer(exchange, channel);
    }

    private static void Answer(in RtspExchange exchange, ChannelDescription channel)
    {
        var isIpv6 = exchange.Connection.PeerAddress.AddressFamily == AddressFamily.InterNetworkV6;
        var reply = exchange.Begin();
        reply.Header(ContentBaseHeader.Name, exchange.ContentBase(channel));
        var span = exchange.Connection.Admission.SpanOf(channel, exchange.Now);
        reply.EndWithBody(SdpType, SdpWriter.ToBytes(ChannelSdp.ForRtsp(channel, isIpv6, ReadsFeedback(exchange.Request), span)));
    }

    // Players on live555 (VLC) pass over every m= line that is not RTP/AVP, and then have nothing to play.
    private static bool ReadsFeedback(RtspMessage request) =>
        !request.TryGetHeader("User-Agent"u8, out var agent) || agent.IndexOf("LIVE555"u8) < 0;

    /// <summary>RFC 2326 §12.1. No Accept header accepts anything.</summary>
    private static bool AcceptsSdp(RtspMessage request) =>
        !request.TryGetHeader("Accept"u8, out var accept) || accept.IsEmpty
        || accept.IndexOf("application/sdp"u8) >= 0 || accept.IndexOf("*/*"u8) >= 0 || accept.IndexOf("application/*"u8) >= 0;
}
