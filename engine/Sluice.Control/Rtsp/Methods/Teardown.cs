using Sluice.Wire.Rtsp;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>TEARDOWN (RFC 2326 §10.7): the session ends and its id means nothing any more; the connection stays.</summary>
internal static class Teardown
{
    public static void Handle(in RtspExchange exchange)
    {
        exchange.Connection.Sessions.Remove(exchange.Session!, exchange.Commands);   // the state table asks for one
        exchange.Answer(RtspStatus.Ok);
    }
}
