namespace Sluice.Control.Rtsp.Methods;

/// <summary>PAUSE (RFC 2326 §10.6): the row stays reserved, nothing is sent; PLAY goes on from then-now.</summary>
internal static class Pause
{
    public static void Handle(in RtspExchange exchange)
    {
        var session = exchange.Session!;                       // the state table asks for one
        session.Pause();
        exchange.Commands.Enqueue(new SessionCommand(SessionCommandKind.Pause, session.Grant.Client));
        var reply = exchange.Begin();
        exchange.WriteSession(reply, session);
        reply.End();
    }
}
