using Sluice.Wire.Rtsp;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>
/// TEARDOWN (RFC 2326 §10.7): the session ends and its id means nothing any more; the connection stays. On a track's URL only that
/// track goes, and the session with the last.
/// </summary>
internal static class Teardown
{
    public static void Handle(in RtspExchange exchange)
    {
        var session = exchange.Session!;                       // the state table asks for one
        if (!exchange.IsAggregate(session))
        {
            EndTrack(exchange, session);
            return;
        }
        exchange.Connection.Sessions.Remove(session, exchange.Commands);
        exchange.Answer(RtspStatus.Ok);
    }

    private static void EndTrack(in RtspExchange exchange, RtspSession session)
    {
        if (session.NumberOf(exchange.Url) is not { } number || session.FindTrack(number) is not { } track)
        {
            exchange.Answer(RtspStatus.NotFound);
            return;
        }
        exchange.Connection.Sessions.Remove(session, track, exchange.Commands);
        var reply = exchange.Begin();
        if (session.Tracks.Count > 0)
            exchange.WriteSession(reply, session);
        reply.End();
    }
}
