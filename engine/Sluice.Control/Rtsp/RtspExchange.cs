using System.Buffers;
using Sluice.Control.Access;
using Sluice.Linux;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>One request on its way through its method: what was asked, and where the answer and its consequences go.</summary>
internal readonly ref struct RtspExchange
{
    public required RtspConnection Connection { get; init; }
    public required RtspMessage Request { get; init; }
    public required CSeqHeader CSeq { get; init; }

    /// <summary>Default (no host) for <c>*</c>.</summary>
    public required RtspUrl Url { get; init; }

    /// <summary>The session that the request names, or null when it names none.</summary>
    public required RtspSession? Session { get; init; }
    public required IBufferWriter<byte> Replies { get; init; }
    public required Queue<SessionCommand> Commands { get; init; }
    public required MonotonicTime Now { get; init; }

    /// <summary>Begins an answer: status line, CSeq, Server. The caller adds headers and ends it.</summary>
    public RtspWriter Begin(RtspStatus status = RtspStatus.Ok, string? reason = null)
    {
        if (status != RtspStatus.Ok)
            Interlocked.Increment(ref Connection.Counters.RefusalCount);
        var reply = RtspWriter.Response(Replies, status, CSeq, reason);
        reply.Header("Server"u8, Connection.Options.ServerName);
        return reply;
    }

    /// <summary>A whole answer that only says no (or 200 with nothing to tell).</summary>
    public void Answer(RtspStatus status)
    {
        var reply = Begin(status);
        if (status == RtspStatus.MethodNotAllowed)
            reply.Header(PublicHeader.AllowName, RtspStateTable.Methods.ToString());
        reply.End();
    }

    /// <summary>No, and why: players and encoders show the status line to their people.</summary>
    public void Refuse(in RtspRefusal refusal) => Begin(refusal.Status, refusal.Reason).End();

    /// <summary>There is no such channel here: the answer says where else, or 404 (RFC 2326 §11.3.1–11.3.3).</summary>
    public void AnswerUnknown(string? name, AccessRight right)
    {
        if (name is null || !Connection.Options.Redirects.TryGetValue(name, out var elsewhere))
        {
            if (RtspGate.Admits(this, AccessQuestion.NoChannel, right))
                Answer(RtspStatus.NotFound);
            return;
        }
        var reply = Begin(elsewhere.IsPermanent ? RtspStatus.MovedPermanently : RtspStatus.MovedTemporarily);
        reply.Header("Location"u8, elsewhere.To);
        reply.End();
    }

    /// <summary>The Session header, to the letter as VLC looks for it.</summary>
    public void WriteSession(RtspWriter reply, RtspSession session) =>
        reply.Header(SessionHeader.Name, new SessionHeader(session.Id, Connection.Options.SessionTimeoutSeconds).ToString());

    /// <summary>Whether the channel has the track that the URL names, if it names one.</summary>
    public static bool HasTrack(ChannelDescription channel, RtspUrl url) => url.Track is null || url.Track < channel.Tracks.Count;

    /// <summary>
    /// Whether the URL means the whole session: it names no track, or the channel has only one (RFC 2326 §1.3). The last track of a
    /// session of several is still one track.
    /// </summary>
    public bool IsAggregate(RtspSession session) => Url.Track is null || session.Channel.Tracks.Count == 1;

    /// <summary>
    /// What clients append track names to: made anew from the parsed URL and the registered name. Ends in a slash, so that VLC's
    /// <c>{Content-Base}stream=0</c> is found again.
    /// </summary>
    public string ContentBase(ChannelDescription channel) => $"{Url.Root}{channel.Name}/";
}
