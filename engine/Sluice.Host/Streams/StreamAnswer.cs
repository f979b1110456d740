using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Sluice.Control.Playback;
using Sluice.Flow;
using Sluice.Host.Rtsp;
using Sluice.Host.Running;
using Sluice.Host.Web;
using Sluice.Linux;

namespace Sluice.Host.Streams;

/// <summary>Answers one request for a stream: the head, then transport packets until somebody ends it.</summary>
internal sealed class StreamAnswer(IEngine engine, FramePump pump, int bufferBytes)
{
    /// <summary>IANA's name (RFC 3555 §4.2.10). Players go by it, and by nothing in the stream.</summary>
    private const string ContentType = "video/mp2t";

    private readonly StreamCounters _counters = engine.Streams.Counters;

    public Task WriteAsync(HttpContext context, IStreamSource source, TimeWish wish)
    {
        if (!source.IsTransportStream)
            return Problems.WriteAsync(context, 406, "Not MPEG-TS",
                $"\"{source.Name}\" carries {source.Media}, which does not go out by HTTP as it is; ask for it by RTSP.");
        if (TryFind(source, wish, out var place) is { } refusal)
            return Problems.WriteAsync(context, refusal.Status, refusal.Title, refusal.Detail);
        WriteHead(context);
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : StreamAsync(context, source, place);
    }

    // Judged as a PLAY is (SessionTime): one that plays nothing yet asks for a range.
    private static (int Status, string Title, string Detail)? TryFind(IStreamSource source, TimeWish wish, out PlayPlace place)
    {
        place = PlayPlace.Live;
        var there = source.Span;
        if (wish.IsLive && there is not { IsChannel: false })
            return null;
        if (there is not { } span)
            return (404, "Nothing is kept", $"\"{source.Name}\" has no store, so there is only now.");
        var decision = new SessionTime().Decide(wish.Ask(span), span, isPlaying: false, SystemClock.Now);
        if (decision.Place is not { } found)
            return (416, "Not there", $"{decision.Reason}.");
        place = found;
        return null;
    }

    private async Task StreamAsync(HttpContext context, IStreamSource source, PlayPlace place)
    {
        var ring = new FrameRing(bufferBytes);
        using var writer = new TsStreamWriter(context.Response.BodyWriter, ring, source.Slow, _counters, context.RequestAborted);
        var joined = source.Join(new StreamViewer(PeerOf(context), ring, () => writer.End(StreamEnd.Gone), place, writer.Finish));
        if (!joined.IsAdded)
        {
            Interlocked.Increment(ref _counters.Refused);
            context.Response.Headers.RetryAfter = "5";
            await Problems.WriteAsync(context, 503, "No room for another viewer", joined.Reason);
            return;
        }
        Interlocked.Increment(ref _counters.Started);
        Interlocked.Increment(ref _counters.Watching);
        pump.Add(writer);
        try
        {
            Count(await RunAsync(context, writer), context, writer);
        }
        finally
        {
            pump.Remove(writer);
            engine.RemoveClient(joined.ClientId);
            Interlocked.Decrement(ref _counters.Watching);
        }
    }

    private static async Task<StreamEnd> RunAsync(HttpContext context, TsStreamWriter writer)
    {
        Tune(context);
        // A player waits for the head before anything else, and a silent channel has nothing else yet.
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return await writer.RunAsync();
    }

    // Whoever was ended for not reading must not be waited for either.
    private void Count(StreamEnd end, HttpContext context, TsStreamWriter writer)
    {
        if (end == StreamEnd.Slow)
            Interlocked.Increment(ref _counters.DroppedSlow);
        if (end == StreamEnd.Stalled)
            Interlocked.Increment(ref _counters.DroppedStalled);
        if (end is StreamEnd.Slow or StreamEnd.Stalled || writer.IsBlocked)
            context.Abort();
    }

    private static void WriteHead(HttpContext context)
    {
        var headers = context.Response.Headers;
        context.Response.ContentType = ContentType;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.AcceptRanges = "none";
    }

    private static void Tune(HttpContext context)
    {
        // Ours to judge: a paused player may take nothing for a while (TsStreamWriter.StallMaxNs).
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
            LimitUnsent(socket);
    }

    // Linux lets a socket buffer grow to megabytes, seconds of the past that nobody can take back from a slow reader. What has
    // not been sent yet is bounded by this; what is on its way is the congestion window's, as ever (tcp(7), TCP_NOTSENT_LOWAT).
    private static void LimitUnsent(Socket socket)
    {
        const int IPPROTO_TCP = 6, TCP_NOTSENT_LOWAT = 25, UnsentBytesMax = 128 << 10;
        socket.SetRawSocketOption(IPPROTO_TCP, TCP_NOTSENT_LOWAT, BitConverter.GetBytes(UnsentBytesMax));
    }

    private static IPEndPoint PeerOf(HttpContext context) =>
        new(context.Connection.RemoteIpAddress ?? IPAddress.None, context.Connection.RemotePort);
}
