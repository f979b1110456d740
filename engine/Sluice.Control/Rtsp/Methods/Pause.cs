using Sluice.Wire.Rtsp;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>PAUSE (RFC 2326 §10.6): the rows stay reserved, nothing is sent; PLAY goes on from then-now.</summary>
internal static class Pause
{
    public static void Handle(in RtspExchange exchange)
    {
        var session = exchange.Session!;                       // the state table asks for one
        if (!exchange.IsAggregate(session))
        {
            exchange.Answer(RtspStatus.OnlyAggregateOperationAllowed);
            return;
        }
        session.Time.Pause(session.CanShift ? exchange.Connection.Admission.SpanOf(session.Channel, exchange.Now) : null, exchange.Now);
        session.Pause();
        foreach (var track in session.Tracks)
            if (track.Client is { } client)
                exchange.Commands.Enqueue(new SessionCommand(SessionCommandKind.Pause, client));
        var reply = exchange.Begin();
        exchange.WriteSession(reply, session);
        reply.End();
    }
}
