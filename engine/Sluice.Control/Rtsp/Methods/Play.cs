using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>PLAY (RFC 2326 §10.5) of a live channel: from now on, at its own speed, whatever else was asked.</summary>
internal static class Play
{
    public static void Handle(in RtspExchange exchange)
    {
        // The state table lets PLAY through with a session only.
        var session = exchange.Session!;
        if (!LiveRange.IsAsked(exchange.Request))
        {
            exchange.Answer(RtspStatus.InvalidRange);
            return;
        }
        if (!exchange.IsAggregate(session))
        {
            exchange.Answer(RtspStatus.OnlyAggregateOperationAllowed);
            return;
        }
        var reply = exchange.Begin();
        exchange.WriteSession(reply, session);
        reply.Header(RangeHeader.Name, RangeHeader.Live.ToString());
        if (exchange.Request.TryGetHeader(ScaleHeader.Name, out _))
            reply.Header(ScaleHeader.Name, new ScaleHeader(1).ToString());   // RFC 2326 §12.34: tell the scale that was chosen
        if (session.State != RtspState.Playing)
            Start(exchange, session, reply);
        reply.End();
    }

    /// <summary>A session that plays already goes on as it does: its first packet is long gone, so there is no RTP-Info and no command.</summary>
    private static void Start(in RtspExchange exchange, RtspSession session, RtspWriter reply)
    {
        var contentBase = exchange.ContentBase(session.Channel);
        var begins = new List<RtpInfoHeader>(session.Tracks.Count);
        foreach (var track in session.Tracks)
        {
            if (track.Client is not { } client)
                continue;                                      // a group's packets come anyway, and began long ago
            var position = exchange.Connection.Admission.NextPosition(client, exchange.Now);
            begins.Add(new RtpInfoHeader(contentBase + ChannelSdp.TrackControl(track.Number), position.FirstSequence, position.FirstTimestamp));
            exchange.Commands.Enqueue(new SessionCommand(SessionCommandKind.Play, client, position.FirstSequence, position.FirstTimestamp));
        }
        if (begins.Count > 0)
            reply.Header(RtpInfoHeader.Name, string.Join(',', begins));
        session.Play();
    }
}
