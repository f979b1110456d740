namespace Sluice.Control.Rtsp.Methods;

/// <summary>SET_PARAMETER (RFC 2326 §10.9): some players' sign of life; there is nothing to set, so it is answered like the question.</summary>
internal static class SetParameter
{
    public static void Handle(in RtspExchange exchange) => GetParameter.Handle(exchange);
}
