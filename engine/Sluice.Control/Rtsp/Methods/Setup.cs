using Sluice.Control.Access;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>
/// SETUP (RFC 2326 §10.4): reserves a client row for the peer itself, over UDP or interleaved, or names it a group that is sent to
/// anyway. On a track's URL, and on the channel's when it has one track: VLC sends nothing before it. One in a session adds a track to
/// it, or replaces what an earlier one reserved for that track; one without takes the place of a session of the channel that does not
/// play. Nothing is given up before its own reservation stands.
/// </summary>
internal static class Setup
{
    public static void Handle(in RtspExchange exchange)
    {
        var connection = exchange.Connection;
        var name = exchange.Url.Channel ?? exchange.Session?.Channel.Name;
        if (name is null || !connection.Admission.TryFindChannel(name, out var channel))
        {
            exchange.AnswerUnknown(name, RecordSetup.IsMeant(exchange) ? AccessRight.Publish : AccessRight.Read);
            return;
        }
        if (RecordSetup.IsMeant(exchange))
        {
            RecordSetup.Handle(exchange, channel);
            return;
        }
        if (!RtspGate.Admits(exchange, channel.Name, AccessRight.Read))
            return;
        var status = ChooseTrack(channel, exchange.Url, out var track);
        var transport = default(TransportHeader);
        if (status == RtspStatus.Ok)
            status = TransportChoice.Take(exchange, channel, track, out transport);
        var replaced = exchange.Session is null ? connection.Sessions.FindReplaceable(channel) : null;
        if (status == RtspStatus.Ok && exchange.Session is null && replaced is null && connection.Sessions.IsFull)
            status = RtspStatus.NotEnoughBandwidth;
        if (status != RtspStatus.Ok)
            exchange.Answer(status);
        else
            Place(exchange, channel, track, transport, replaced);
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

    private static void Place(in RtspExchange exchange, ChannelDescription channel, int number, TransportHeader asked, RtspSession? replaced)
    {
        var sessions = exchange.Connection.Sessions;
        var status = asked.Delivery == TransportDelivery.Multicast
            ? Join(exchange, channel, number, out var track) : Reserve(exchange, channel, number, asked, replaced, out track);
        if (track is null)
        {
            exchange.Answer(status);
            return;
        }
        if (replaced is not null)
            sessions.Remove(replaced, exchange.Commands);
        var session = exchange.Session ?? new RtspSession(RtspSession.NewId(), channel, exchange.Now);
        if (exchange.Session is null)
            sessions.Add(session);
        sessions.Place(session, track, exchange.Commands, exchange.Now);
        Answer(exchange, session, track, asked);
    }

    private static RtspStatus Join(in RtspExchange exchange, ChannelDescription channel, int number, out SessionTrack? track)
    {
        track = exchange.Connection.Admission.FindGroup(channel, number, exchange.Connection.PeerAddress) is { } group
            ? new GroupTrack(number, group) : null;
        return RtspStatus.UnsupportedTransport;                // the output went between two looks
    }

    private static RtspStatus Reserve(
        in RtspExchange exchange, ChannelDescription channel, int number, TransportHeader asked, RtspSession? replaced, out SessionTrack? track)
    {
        var own = exchange.Session;
        var ports = asked.ClientPort ?? default;
        if (asked.IsTcp)
            ports = exchange.Connection.Sessions.ChooseChannels(
                asked.Interleaved, (session, other) => session == replaced || (session == own && other.Number == number));
        var request = new ClientRequest(
            channel, exchange.Connection.PeerAddress, asked.IsTcp ? ClientTransport.Interleaved : ClientTransport.Udp, ports,
            number, own?.Tracks.FirstOrDefault(other => other.Number != number && other.Client is not null)?.Client) { HasFeedback = asked.IsFeedback };
        var result = exchange.Connection.Admission.TryAdmit(request, out var grant);
        track = result == AdmissionResult.Admitted ? new UnicastTrack(grant, request) : null;
        return StatusOf(result);
    }

    private static RtspStatus StatusOf(AdmissionResult result) => result switch
    {
        AdmissionResult.Admitted => RtspStatus.Ok,
        AdmissionResult.NoSlots => RtspStatus.NotEnoughBandwidth,
        AdmissionResult.UnsupportedTransport => RtspStatus.UnsupportedTransport,
        _ => RtspStatus.ServiceUnavailable,
    };

    /// <summary>The answer to a SETUP that was granted, whichever way the packets go.</summary>
    public static void Answer(in RtspExchange exchange, RtspSession session, SessionTrack track, TransportHeader asked)
    {
        var reply = exchange.Begin();
        exchange.WriteSession(reply, session);
        reply.Header(TransportHeader.Name, track.Answer(asked.Protocol).ToString());
        reply.Header(ContentBaseHeader.Name, exchange.ContentBase(session.Channel));
        reply.End();
    }
}
