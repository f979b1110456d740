using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>OPTIONS (RFC 2326 §10.1): what can be asked. With a session id it is VLC's and others' sign of life.</summary>
internal static class Options
{
    public static void Handle(in RtspExchange exchange)
    {
        var reply = exchange.Begin();
        reply.Header(PublicHeader.Name, RtspStateTable.Methods.ToString());
        if (exchange.Session is { } session)
            exchange.WriteSession(reply, session);
        reply.End();
    }
}
