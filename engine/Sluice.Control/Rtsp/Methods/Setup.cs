using System.Net;
using Sluice.Control.Access;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>
/// SETUP (RFC 2326 §10.4): reserves a client row for the peer itself, over UDP or interleaved. On a channel's URL or on its
/// track's: VLC sends nothing before it. A second one replaces what the first reserved, once its own reservation stands.
/// </summary>
internal static class Setup
{
    public static void Handle(in RtspExchange exchange)
    {
        var connection = exchange.Connection;
        var name = exchange.Url.Channel ?? exchange.Session?.Channel.Name;
        if (name is null || !connection.Admission.TryFindChannel(name, out var channel))
        {
            exchange.AnswerUnknown(name);
            return;
        }
        if (!RtspGate.Admits(exchange, channel.Name, AccessRight.Read))
            return;
        var status = ChooseTransport(exchange, out var transport);
        if (status != RtspStatus.Ok)
        {
            exchange.Answer(status);
            return;
        }
        var replaced = exchange.Session ?? connection.Sessions.FindReplaceable(channel);
        if (replaced is null && connection.Sessions.IsFull)
            exchange.Answer(RtspStatus.NotEnoughBandwidth);
        else
            Admit(exchange, channel, transport, replaced);
    }

    private static void Admit(in RtspExchange exchange, ChannelDescription channel, TransportHeader transport, RtspSession? replaced)
    {
        var sessions = exchange.Connection.Sessions;
        var ports = transport.IsTcp ? sessions.ChooseChannels(transport.Interleaved, replaced) : transport.ClientPort!.Value;
        var way = transport.IsTcp ? ClientTransport.Interleaved : ClientTransport.Udp;
        var request = new ClientRequest(channel, exchange.Connection.PeerAddress, way, ports) { HasFeedback = transport.IsFeedback };
        var result = exchange.Connection.Admission.TryAdmit(request, out var grant);
        if (result != AdmissionResult.Admitted)
        {
            exchange.Answer(StatusOf(result));
            return;
        }
        if (replaced is not null)
            sessions.Remove(replaced, exchange.Commands);
        var session = new RtspSession(exchange.Session?.Id ?? RtspSession.NewId(), grant, request, exchange.Now);
        sessions.Add(session);
        Answer(exchange, session, transport);
    }

    private static RtspStatus StatusOf(AdmissionResult result) => result switch
    {
        AdmissionResult.NoSlots => RtspStatus.NotEnoughBandwidth,
        AdmissionResult.UnsupportedTransport => RtspStatus.UnsupportedTransport,
        _ => RtspStatus.ServiceUnavailable,
    };

    private static void Answer(in RtspExchange exchange, RtspSession session, TransportHeader asked)
    {
        var transport = new TransportHeader(asked.Protocol, TransportDelivery.Unicast)
        {
            Interleaved = asked.IsTcp ? session.Ports : null,
            ClientPort = asked.IsTcp ? null : session.Ports,
            ServerPort = asked.IsTcp ? null : session.Grant.ServerPorts,
            Ssrc = session.Grant.Ssrc,
        };
        var reply = exchange.Begin();
        exchange.WriteSession(reply, session);
        reply.Header(TransportHeader.Name, transport.ToString());
        reply.Header(ContentBaseHeader.Name, exchange.ContentBase(session.Channel));
        reply.End();
    }

    /// <summary>RFC 2326 §12.39: the client lists what it can do in order of preference; the first that we can do as well is taken.</summary>
    private static RtspStatus ChooseTransport(in RtspExchange exchange, out TransportHeader transport)
    {
        transport = default;
        if (!exchange.Request.TryGetHeader(TransportHeader.Name, out var rest))
            return RtspStatus.BadRequest;
        var refusal = RtspStatus.UnsupportedTransport;
        while (TransportHeader.TryReadNext(ref rest, out var alternative))
        {
            if (alternative is not { } candidate || !IsSupported(candidate, exchange.Connection.Options))
                continue;
            if (IsElsewhere(candidate.Destination, exchange.Connection.PeerAddress))
            {
                refusal = RtspStatus.Forbidden;                // RFC 2326 §16: or anybody could aim us at anybody
                continue;
            }
            transport = candidate;
            return RtspStatus.Ok;
        }
        return refusal;
    }

    private static bool IsSupported(TransportHeader transport, RtspServerOptions options)
    {
        if (transport.Delivery == TransportDelivery.Multicast || transport.Mode == TransportMode.Record)
            return false;
        if (transport.IsTcp)
            return transport.Interleaved is not { } channels || channels.Rtcp == channels.Rtp + 1;
        return !options.IsTls && transport.ClientPort is { } ports && ports.Rtp >= options.ClientPortMin && ports.Rtcp == ports.Rtp + 1;
    }

    private static bool IsElsewhere(string? destination, IPAddress peer) =>
        destination is not null && !(IPAddress.TryParse(destination, out var address) && address.Equals(peer));
}
