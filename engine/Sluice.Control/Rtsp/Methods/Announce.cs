using Sluice.Control.Access;
using Sluice.Wire.Rtsp;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>
/// ANNOUNCE (RFC 2326 §10.3): somebody will send, and says what. It reserves nothing: SETUP of the first track takes the channel. The
/// connection remembers what was announced last.
/// </summary>
internal static class Announce
{
    public static void Handle(in RtspExchange exchange)
    {
        var connection = exchange.Connection;
        if (exchange.Url.Channel is not { } name || exchange.Url.Track is not null || !connection.Admission.TryFindChannel(name, out var channel))
        {
            exchange.AnswerUnknown(exchange.Url.Channel, AccessRight.Publish);
            return;
        }
        if (!RtspGate.Admits(exchange, channel.Name, AccessRight.Publish))
            return;
        if (!IsSdp(exchange.Request))
        {
            exchange.Answer(RtspStatus.UnsupportedMediaType);
            return;
        }
        if (Announcement.Read(exchange.Request.Body, channel.Name, out var reason) is not { } announced)
            exchange.Refuse(new RtspRefusal(RtspStatus.BadRequest, reason));
        else if (connection.Admission.WhyNotPublish(announced.Channel) is { } refusal)
            exchange.Refuse(refusal);
        else
        {
            connection.Announced = announced;
            exchange.Answer(RtspStatus.Ok);
        }
    }

    /// <summary>RFC 2326 §12.16. Without a type the body speaks for itself.</summary>
    private static bool IsSdp(RtspMessage request) =>
        !request.TryGetHeader("Content-Type"u8, out var type) || type.StartsWith("application/sdp"u8);
}
