using Sluice.Control.Access;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>SETUP of a track that was announced (RFC 2326 §10.4, mode=record): takes it in, and with the first one the channel.</summary>
internal static class RecordSetup
{
    /// <summary>Whether a SETUP is a publisher's: it says so, or its session is one.</summary>
    public static bool IsMeant(in RtspExchange exchange)
    {
        if (exchange.Session is { } session)
            return session.Announced is not null;
        if (!exchange.Request.TryGetHeader(TransportHeader.Name, out var rest))
            return false;
        while (TransportHeader.TryReadNext(ref rest, out var alternative))
            if (alternative is { Mode: TransportMode.Record })
                return true;
        return false;
    }

    public static void Handle(in RtspExchange exchange, ChannelDescription channel)
    {
        if (!RtspGate.Admits(exchange, channel.Name, AccessRight.Publish))
            return;
        var announced = exchange.Session?.Announced ?? exchange.Connection.Announced;
        if (announced is null || announced.Channel.Name != channel.Name)
            exchange.Refuse(new RtspRefusal(RtspStatus.MethodNotValidInThisState, "nothing was announced for this channel"));
        else if (exchange.Url.Track is null && announced.Channel.Tracks.Count > 1)
            exchange.Answer(RtspStatus.AggregateOperationNotAllowed);
        else if (announced.Find(exchange.Url) is not { } track)
            exchange.Answer(RtspStatus.NotFound);
        else if (exchange.Session?.FindTrack(track) is not null)
            exchange.Refuse(new RtspRefusal(RtspStatus.MethodNotValidInThisState, "the track is set up already"));
        else if (exchange.Session is null && exchange.Connection.Sessions.IsFull)
            exchange.Answer(RtspStatus.NotEnoughBandwidth);
        else if (TransportChoice.TakeForRecord(exchange, out var transport) is var status && status != RtspStatus.Ok)
            exchange.Answer(status);
        else
            Place(exchange, announced, track, transport);
    }

    private static void Place(in RtspExchange exchange, Announcement announced, int number, TransportHeader asked)
    {
        var (connection, sessions) = (exchange.Connection, exchange.Connection.Sessions);
        var ports = asked.IsTcp ? sessions.ChooseChannels(asked.Interleaved, (_, _) => false) : asked.ClientPort!.Value;
        var request = new PublishRequest(
            announced.Channel, connection.PeerAddress, asked.IsTcp ? ClientTransport.Interleaved : ClientTransport.Udp, ports,
            number, exchange.Session?.Tracks[0].Client);
        if (connection.Admission.TryPublish(request, out var grant) is { } refusal)
        {
            exchange.Refuse(refusal);
            return;
        }
        var session = exchange.Session ?? new RtspSession(RtspSession.NewId(), announced.Channel, exchange.Now, announced);
        if (exchange.Session is null)
            sessions.Add(session);
        var track = new RecordTrack(grant, request);
        sessions.Place(session, track, exchange.Commands, exchange.Now);
        Setup.Answer(exchange, session, track, asked);
    }
}
