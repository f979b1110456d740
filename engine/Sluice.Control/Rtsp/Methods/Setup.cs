using System.Net;
using Sluice.Control.Access;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>
/// SETUP (RFC 2326 §10.4): reserves a client row for the peer itself, over UDP or interleaved. On a track's URL, and on the channel's
/// when it has one track: VLC sends nothing before it. One in a session adds a track to it, or replaces what an earlier one
/// reserved for that track; one without takes the place of a session of the channel that does not play. Nothing is given up before
/// its own reservation stands.
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
        var status = ChooseTrack(channel, exchange.Url, out var track);
        var transport = default(TransportHeader);
        if (status == RtspStatus.Ok)
            status = ChooseTransport(exchange, out transport);
        var replaced = exchange.Session is null ? connection.Sessions.FindReplaceable(channel) : null;
        if (status == RtspStatus.Ok && exchange.Session is null && replaced is null && connection.Sessions.IsFull)
            status = RtspStatus.NotEnoughBandwidth;
        if (status != RtspStatus.Ok)
            exchange.Answer(status);
        else
            Admit(exchange, channel, track, transport, replaced);
    }

    /// <summary>RFC 2326 §11.3.10 (459): a channel of several tracks cannot be set up as a whole.</summary>
    private static RtspStatus ChooseTrack(ChannelDescription channel, RtspUrl url, out int track)
    {
        track = url.Track ?? 0;
        if (!channel.IsOnline)
            return RtspStatus.ServiceUnavailable;
        if (!RtspExchange.HasTrack(channel, url))
            return RtspStatus.NotFound;
        return url.Track is null && channel.Tracks.Count > 1 ? RtspStatus.AggregateOperationNotAllowed : RtspStatus.Ok;
    }

    private static void Admit(in RtspExchange exchange, ChannelDescription channel, int number, TransportHeader transport, RtspSession? replaced)
    {
        var sessions = exchange.Connection.Sessions;
        var own = exchange.Session;
        var ports = transport.ClientPort ?? default;
        if (transport.IsTcp)
            ports = sessions.ChooseChannels(transport.Interleaved, (session, track) => session == replaced || (session == own && track.Number == number));
        var request = new ClientRequest(
            channel, exchange.Connection.PeerAddress, transport.IsTcp ? ClientTransport.Interleaved : ClientTransport.Udp, ports,
            number, own?.Tracks.FirstOrDefault(track => track.Number != number)?.Grant.Client) { HasFeedback = transport.IsFeedback };
        var result = exchange.Connection.Admission.TryAdmit(request, out var grant);
        if (result != AdmissionResult.Admitted)
        {
            exchange.Answer(StatusOf(result));
            return;
        }
        if (replaced is not null)
            sessions.Remove(replaced, exchange.Commands);
        var session = own ?? new RtspSession(RtspSession.NewId(), channel, exchange.Now);
        if (own is null)
            sessions.Add(session);
        Answer(exchange, session, Place(exchange, session, new SessionTrack(grant, request)), transport);
    }

    private static SessionTrack Place(in RtspExchange exchange, RtspSession session, SessionTrack track)
    {
        if (session.FindTrack(track.Number) is { } before)
        {
            session.Remove(before);
            exchange.Commands.Enqueue(new SessionCommand(SessionCommandKind.Remove, before.Grant.Client));
        }
        session.Add(track, exchange.Now);
        return track;
    }

    private static RtspStatus StatusOf(AdmissionResult result) => result switch
    {
        AdmissionResult.NoSlots => RtspStatus.NotEnoughBandwidth,
        AdmissionResult.UnsupportedTransport => RtspStatus.UnsupportedTransport,
        _ => RtspStatus.ServiceUnavailable,
    };

    private static void Answer(in RtspExchange exchange, RtspSession session, SessionTrack track, TransportHeader asked)
    {
        var transport = new TransportHeader(asked.Protocol, TransportDelivery.Unicast)
        {
            Interleaved = asked.IsTcp ? track.Ports : null,
            ClientPort = asked.IsTcp ? null : track.Ports,
            ServerPort = asked.IsTcp ? null : track.Grant.ServerPorts,
            Ssrc = track.Grant.Ssrc,
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
