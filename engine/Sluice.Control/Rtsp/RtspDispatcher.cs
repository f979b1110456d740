using System.Buffers;
using Sluice.Control.Rtsp.Methods;
using Sluice.Linux;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>Checks what every request must have, asks the state table, and calls the method. It decides nothing else.</summary>
internal static class RtspDispatcher
{
    public static void Dispatch(
        RtspConnection connection, RtspMessage request, IBufferWriter<byte> replies, Queue<SessionCommand> commands, MonotonicTime now)
    {
        if (!TryGetCSeq(request, out var cseq))
        {
            RefuseWithoutCSeq(connection, replies);
            return;
        }
        var status = Check(connection, request, out var url, out var session);
        session?.Touch(now);
        var exchange = new RtspExchange
        {
            Connection = connection, Request = request, CSeq = cseq, Url = url, Session = session,
            Replies = replies, Commands = commands, Now = now,
        };
        if (status == RtspStatus.OptionNotSupported)
            RefuseOptions(exchange);
        else if (status != RtspStatus.Ok)
            exchange.Answer(status);
        else
            Call(exchange);
    }

    private static void Call(in RtspExchange exchange)
    {
        switch (exchange.Request.Method)
        {
            case RtspMethod.Options: Options.Handle(exchange); break;
            case RtspMethod.Describe: Describe.Handle(exchange); break;
            case RtspMethod.Setup: Setup.Handle(exchange); break;
            case RtspMethod.Play: Play.Handle(exchange); break;
            case RtspMethod.Pause: Pause.Handle(exchange); break;
            case RtspMethod.Teardown: Teardown.Handle(exchange); break;
            case RtspMethod.GetParameter: GetParameter.Handle(exchange); break;
            case RtspMethod.Announce: Methods.Announce.Handle(exchange); break;
            case RtspMethod.Record: Record.Handle(exchange); break;
            case RtspMethod.SetParameter: SetParameter.Handle(exchange); break;
            default: exchange.Answer(RtspStatus.NotImplemented); break;
        }
    }

    /// <summary>RFC 2326 §12.17: every request has one CSeq. It is a number to us, so nothing else can come back in the answer.</summary>
    public static bool TryGetCSeq(RtspMessage request, out CSeqHeader cseq)
    {
        cseq = default;
        return request.CountHeader(CSeqHeader.Name) == 1 && request.TryGetHeader(CSeqHeader.Name, out var text)
            && CSeqHeader.TryParse(text, out cseq);
    }

    private static RtspStatus Check(RtspConnection connection, RtspMessage request, out RtspUrl url, out RtspSession? session)
    {
        url = default;
        session = null;
        // RFC 2326 §12.32: Sluice has no optional features, so every tag is one too many.
        if (request.CountHeader(RequireHeader.Name) > 0 || request.CountHeader(RequireHeader.ProxyName) > 0)
            return RtspStatus.OptionNotSupported;
        var status = FindSession(connection, request, out session);
        if (status == RtspStatus.Ok)
            status = RtspStateTable.Rule(session?.State ?? RtspState.Init, request.Method);
        return status == RtspStatus.Ok ? FindTarget(request, session, out url) : status;
    }

    private static RtspStatus FindSession(RtspConnection connection, RtspMessage request, out RtspSession? session)
    {
        session = null;
        var count = request.CountHeader(SessionHeader.Name);
        if (count == 0)
            return RtspStatus.Ok;
        request.TryGetHeader(SessionHeader.Name, out var text);
        var semicolon = text.IndexOf((byte)';');
        session = count > 1 ? null : connection.Sessions.FindById(semicolon < 0 ? text : text[..semicolon].TrimEnd((byte)' '));
        return count > 1 ? RtspStatus.BadRequest : session is null ? RtspStatus.SessionNotFound : RtspStatus.Ok;
    }

    /// <summary>The session id decides; a URL may only agree with it or leave the channel out, as VLC's <c>rtsp://host/stream=0</c> does.</summary>
    private static RtspStatus FindTarget(RtspMessage request, RtspSession? session, out RtspUrl url)
    {
        url = default;
        if (request.Url.SequenceEqual("*"u8))
            return request.Method is RtspMethod.Options or RtspMethod.GetParameter or RtspMethod.SetParameter
                ? RtspStatus.Ok : RtspStatus.BadRequest;
        if (!RtspUrl.TryParse(request.Url, out url))
            return RtspStatus.BadRequest;
        if (url.IsForeign)
            return RtspStatus.NotFound;
        if (session is null)
            return RtspStatus.Ok;
        if (url.Channel is not null && !url.Channel.Equals(session.Channel.Name, StringComparison.OrdinalIgnoreCase))
            return RtspStatus.SessionNotFound;
        return url.Track is null || session.NumberOf(url) is not null ? RtspStatus.Ok : RtspStatus.NotFound;
    }

    private static void RefuseWithoutCSeq(RtspConnection connection, IBufferWriter<byte> replies)
    {
        Interlocked.Increment(ref connection.Counters.RefusalCount);
        var reply = RtspWriter.Response(replies, RtspStatus.BadRequest, null);
        reply.Header("Server"u8, connection.Options.ServerName);
        reply.End();
    }

    private static void RefuseOptions(in RtspExchange exchange)
    {
        var reply = exchange.Begin(RtspStatus.OptionNotSupported);
        QuoteTags(exchange.Request, RequireHeader.Name, reply);
        QuoteTags(exchange.Request, RequireHeader.ProxyName, reply);
        reply.End();
    }

    private static void QuoteTags(RtspMessage request, ReadOnlySpan<byte> name, RtspWriter reply)
    {
        if (request.TryGetHeader(name, out var text) && RequireHeader.TryParse(text, out var tags))
            reply.Header(RequireHeader.UnsupportedName, tags.ToString());
    }
}
