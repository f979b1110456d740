using Sluice.Wire.Rtsp;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>GET_PARAMETER (RFC 2326 §10.8): without a body the sign of life of ffmpeg and GStreamer; there are no parameters to ask for.</summary>
internal static class GetParameter
{
    public static void Handle(in RtspExchange exchange)
    {
        if (!exchange.Request.Body.IsEmpty)
        {
            exchange.Answer(RtspStatus.ParameterNotUnderstood);
            return;
        }
        var reply = exchange.Begin();
        if (exchange.Session is { } session)
            exchange.WriteSession(reply, session);
        reply.End();
    }
}
