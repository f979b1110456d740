using Sluice.Control.Playback;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>What a request's headers say of time.</summary>
internal static class PlayHeaders
{
    /// <summary>False with the status when the Range cannot be followed; a Scale that cannot be read is none.</summary>
    public static bool TryRead(RtspMessage request, out PlayAsk ask, out RtspStatus status)
    {
        (ask, status) = (default, RtspStatus.Ok);
        RangeHeader? range = null;
        if (request.TryGetHeader(RangeHeader.Name, out var text))
        {
            // RFC 7826 §17.4.17: a unit that is not ours is 456, and Accept-Ranges tells which are.
            if (!RangeHeader.TryParse(text, out var read))
                status = RangeHeader.HasOtherUnit(text) ? RtspStatus.HeaderFieldNotValid : RtspStatus.InvalidRange;
            range = read;
        }
        double? scale = request.TryGetHeader(ScaleHeader.Name, out var factor) && ScaleHeader.TryParse(factor, out var asked) ? asked.Factor : null;
        ask = new PlayAsk(range, scale);
        return status == RtspStatus.Ok;
    }

    public static void Refuse(in RtspExchange exchange, RtspStatus status)
    {
        var reply = exchange.Begin(status);
        if (status == RtspStatus.HeaderFieldNotValid)
            reply.Header(RangeHeader.UnitsName, RangeHeader.Units);
        reply.End();
    }
}
