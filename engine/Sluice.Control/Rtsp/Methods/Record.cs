using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp.Methods;

/// <summary>RECORD (RFC 2326 §10.11): what was set up is heard from now on, and goes to the channel's clients live.</summary>
internal static class Record
{
    public static void Handle(in RtspExchange exchange)
    {
        var session = exchange.Session!;                       // the state table asks for one
        if (!LiveRange.IsAsked(exchange.Request))
        {
            exchange.Answer(RtspStatus.InvalidRange);
            return;
        }
        if (!exchange.IsAggregate(session))
        {
            exchange.Answer(RtspStatus.OnlyAggregateOperationAllowed);
            return;
        }
        if (session.State != RtspState.Recording)
            Start(exchange, session);
        var reply = exchange.Begin();
        exchange.WriteSession(reply, session);
        reply.Header(RangeHeader.Name, RangeHeader.Live.ToString());
        reply.End();
    }

    private static void Start(in RtspExchange exchange, RtspSession session)
    {
        foreach (var track in session.Tracks)
        {
            exchange.Connection.Admission.Record(track.Client!.Value);
            exchange.Commands.Enqueue(new SessionCommand(SessionCommandKind.Record, track.Client!.Value));
        }
        if (session.Announced is { Offsets: { Count: > 0 } offsets })
            exchange.Connection.Admission.SetOffsets(session.Channel, offsets);
        session.Record();
    }
}
