using System.Net;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>RFC 2326 §12.39: the client lists what it can do in order of preference; the first that we can do as well is taken.</summary>
internal static class TransportChoice
{
    /// <summary>For playing one of a channel's tracks. Ok, or why there is none.</summary>
    public static RtspStatus Take(in RtspExchange exchange, ChannelDescription channel, int track, out TransportHeader transport)
    {
        transport = default;
        if (!exchange.Request.TryGetHeader(TransportHeader.Name, out var rest))
            return RtspStatus.BadRequest;
        var refusal = RtspStatus.UnsupportedTransport;
        while (TransportHeader.TryReadNext(ref rest, out var alternative))
        {
            if (alternative is not { } candidate || !IsSupported(exchange, channel, track, candidate))
                continue;
            if (IsElsewhere(candidate, exchange.Connection.PeerAddress))
            {
                refusal = RtspStatus.Forbidden;                // RFC 2326 §16: or anybody could aim us at anybody
                continue;
            }
            transport = candidate;
            return RtspStatus.Ok;
        }
        return refusal;
    }

    /// <summary>For a publisher's track. Ok, or why there is none.</summary>
    public static RtspStatus TakeForRecord(in RtspExchange exchange, out TransportHeader transport)
    {
        transport = default;
        if (!exchange.Request.TryGetHeader(TransportHeader.Name, out var rest))
            return RtspStatus.BadRequest;
        while (TransportHeader.TryReadNext(ref rest, out var alternative))
            if (alternative is { Mode: not TransportMode.Play, Delivery: not TransportDelivery.Multicast } candidate
                && IsUnicast(candidate, exchange.Connection.Options))
            {
                transport = candidate;
                return RtspStatus.Ok;
            }
        return RtspStatus.UnsupportedTransport;
    }

    private static bool IsSupported(in RtspExchange exchange, ChannelDescription channel, int track, TransportHeader transport)
    {
        var connection = exchange.Connection;
        if (transport.Mode == TransportMode.Record)
            return false;
        if (transport.Delivery == TransportDelivery.Multicast)
            return !transport.IsTcp && !connection.Options.IsTls && connection.Admission.FindGroup(channel, track, connection.PeerAddress) is not null;
        return IsUnicast(transport, connection.Options);
    }

    private static bool IsUnicast(TransportHeader transport, RtspServerOptions options)
    {
        if (transport.IsTcp)
            return transport.Interleaved is not { } channels || channels.Rtcp == channels.Rtp + 1;
        return !options.IsTls && transport.ClientPort is { } ports && ports.Rtp >= options.ClientPortMin && ports.Rtcp == ports.Rtp + 1;
    }

    // The group that is wished for is not looked at: nothing is sent there on account of it.
    private static bool IsElsewhere(TransportHeader transport, IPAddress peer) =>
        transport is { Delivery: not TransportDelivery.Multicast, Destination: { } destination }
        && !(IPAddress.TryParse(destination, out var address) && address.Equals(peer));
}
