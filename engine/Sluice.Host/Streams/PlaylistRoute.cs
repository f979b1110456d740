using System.Net;
using System.Text;
using Sluice.Control.Configuration;
using Sluice.Control.Playlists;
using Sluice.Host.Web;

namespace Sluice.Host.Streams;

/// <summary>
/// <c>/playlist.m3u</c>: one entry a channel, with absolute URLs under the name by which the player reached us, or under the configured
/// base. <c>?form=</c> chooses what the URLs are.
/// </summary>
internal sealed class PlaylistRoute(IStreamEngine streams, EngineConfig config, Func<int?> rtspPort)
{
    private const string Forms = "form is http (default), rtsp or udp";

    public Task WriteAsync(HttpContext context)
    {
        var form = context.Request.Query["form"].ToString();
        if (form is not ("" or "http" or "rtsp" or "udp"))
            return Problems.WriteAsync(context, 400, "Unknown form", Forms);
        if (form == "rtsp" && rtspPort() is null)
            return Problems.WriteAsync(context, 404, "No RTSP", "This server has no RTSP listener.");
        var root = RootOf(context.Request);
        var entries = config.Channels.Select(channel =>
            UrlOf(channel, form, root) is { } url ? new PlaylistEntry(channel.Name, NameOf(channel), url, CatchupOf(channel, form, url)) : null);
        return AnswerAsync(context, ExtendedM3u.Write(entries.OfType<PlaylistEntry>()));
    }

    private static string NameOf(ChannelConfig channel) => channel.Sap.Name ?? channel.Name;

    // What is kept may be less than the window while it fills; players take a day at least anyway.
    private Catchup? CatchupOf(ChannelConfig channel, string form, string url) =>
        form is "" or "http" && streams.FindChannel(channel.Name)?.Span is { } span
            ? Catchup.Of(url, Math.Max(channel.Store?.WindowNs ?? 0, span.EndNs - span.StartNs)) : null;

    // Null = the channel cannot be had in this form.
    private string? UrlOf(ChannelConfig channel, string form, Uri root) => form switch
    {
        "rtsp" => $"rtsp://{root.Host}:{rtspPort()}/{channel.Name}",
        "udp" => channel.Outputs.FirstOrDefault(output => output.To.IsMulticast) is { To: var to }
            ? $"{(to.Scheme == MediaScheme.Rtp ? "rtp" : "udp")}://@{(to.Host.Contains(':') ? $"[{to.Host}]" : to.Host)}:{to.Port}" : null,
        _ => streams.FindChannel(channel.Name) is { IsTransportStream: true } ? new Uri(root, $"channels/{channel.Name}.ts").AbsoluteUri : null,
    };

    // The Host header is the client's word and goes back to that client only; what is no host and port in it is not repeated.
    private Uri RootOf(HttpRequest request)
    {
        if (config.Streams.Base is { } configured)
            return configured;
        var host = request.Host;
        var isUsable = host.HasValue && host.Value.Length <= 255 && Uri.CheckHostName(host.Host.Trim('[', ']')) != UriHostNameType.Unknown;
        if (isUsable && Uri.TryCreate($"{request.Scheme}://{host.Value}/", UriKind.Absolute, out var asked)
            && asked is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" })
            return asked;
        var local = new IPEndPoint(request.HttpContext.Connection.LocalIpAddress ?? IPAddress.Loopback, request.HttpContext.Connection.LocalPort);
        return new Uri($"{request.Scheme}://{local}/");
    }

    private static Task AnswerAsync(HttpContext context, string playlist)
    {
        var bytes = Encoding.UTF8.GetBytes(playlist);
        context.Response.ContentType = ExtendedM3u.ContentType;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask
            : context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }
}
