using Sluice.Control.Playback;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>PLAY (RFC 2326 §10.5): from now on, or from what is kept; <see cref="SessionTime"/> decides where it goes.</summary>
internal static class Play
{
    public static void Handle(in RtspExchange exchange)
    {
        // The state table lets PLAY through with a session only.
        var session = exchange.Session!;
        if (!PlayHeaders.TryRead(exchange.Request, out var ask, out var status))
            PlayHeaders.Refuse(exchange, status);
        else if (!exchange.IsAggregate(session))
            exchange.Answer(RtspStatus.OnlyAggregateOperationAllowed);
        else
            Go(exchange, session, ask);
    }

    private static void Go(in RtspExchange exchange, RtspSession session, in PlayAsk ask)
    {
        var span = session.CanShift ? exchange.Connection.Admission.SpanOf(session.Channel, exchange.Now) : null;
        var decision = session.Time.Decide(ask, span, session.State == RtspState.Playing, exchange.Now);
        if (decision.Status != RtspStatus.Ok)
            exchange.Refuse(new RtspRefusal(decision.Status, decision.Reason!));
        else if (decision.Place is not { } place)
            Answer(exchange, session, span, []);
        else if (TryPlace(exchange, session, place, span) is { } refusal)
            exchange.Refuse(refusal);
        else
            Answer(exchange, session, span, Start(exchange, session));
    }

    private static RtspRefusal? TryPlace(in RtspExchange exchange, RtspSession session, in PlayPlace place, MediaSpan? span)
    {
        var startNs = 0L;
        if (session.Clients.Count > 0 && exchange.Connection.Admission.TryGo(session.Clients, place, exchange.Now, out startNs) is { } refusal)
            return refusal;
        session.Time.Start(place, startNs, span, exchange.Now);
        session.Play();
        return null;
    }

    /// <summary>Each track's first packet, as the commands promise it.</summary>
    private static List<RtpInfoHeader> Start(in RtspExchange exchange, RtspSession session)
    {
        var contentBase = exchange.ContentBase(session.Channel);
        var begins = new List<RtpInfoHeader>(session.Tracks.Count);
        // Not those of groups, whose packets come anyway and began long ago.
        var tracks = session.Tracks.Where(track => track.Client is not null).ToList();
        var positions = exchange.Connection.Admission.NextPositions(session.Clients);
        foreach (var (track, position) in tracks.Zip(positions))
        {
            begins.Add(new RtpInfoHeader(contentBase + ChannelSdp.TrackControl(track.Number), position.FirstSequence, position.FirstTimestamp));
            exchange.Commands.Enqueue(new SessionCommand(SessionCommandKind.Play, track.Client!.Value, position.FirstSequence, position.FirstTimestamp));
        }
        return begins;
    }

    /// <summary>A session that goes on as it does has no RTP-Info: its first packet is long gone.</summary>
    private static void Answer(in RtspExchange exchange, RtspSession session, MediaSpan? span, List<RtpInfoHeader> begins)
    {
        var reply = exchange.Begin();
        exchange.WriteSession(reply, session);
        reply.Header(RangeHeader.Name, session.Time.RangeAt(exchange.Now, span).ToString());
        // RFC 2326 §12.34, §12.35: tell what was chosen.
        if (session.Time.Scale != 1 || exchange.Request.TryGetHeader(ScaleHeader.Name, out _))
            reply.Header(ScaleHeader.Name, new ScaleHeader(session.Time.Scale).ToString());
        if (exchange.Request.TryGetHeader(SpeedHeader.Name, out _))
            reply.Header(SpeedHeader.Name, new SpeedHeader(1).ToString());
        if (begins.Count > 0)
            reply.Header(RtpInfoHeader.Name, string.Join(',', begins));
        reply.End();
    }
}
