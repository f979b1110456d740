using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Sluice.Host.Web;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary><c>GET /assets/NAME</c>: the file as it was brought, as fast as the reader takes it; one byte range (RFC 9110 §14).</summary>
internal static class AssetFile
{
    private const int FlushBytes = 256 << 10;

    public static async Task WriteAsync(HttpContext context, Asset asset)
    {
        AssetHeaders.Write(context.Response, asset);
        if (asset.State != AssetState.Complete)
        {
            context.Response.StatusCode = HttpMethods.IsHead(context.Request.Method) ? 204 : 409;
            if (!HttpMethods.IsHead(context.Request.Method))
                await Problems.WriteAsync(context, 409, "The asset is not whole", "Its file can be had when all of it is here; it can be played meanwhile.");
            return;
        }
        if (asset.Meta.Media is { } media && asset.Meta.Origin == AssetOrigin.Recording && media.Encoding != StoredMedia.MpegTs.Encoding)
            await Problems.WriteAsync(context, 406, "Not a file", $"It is a recording of {media.Encoding} as RTP, whose packets make no file put end to end.");
        else if (context.Request.Headers.IfNoneMatch.Contains(AssetHeaders.ETag(asset)))
            context.Response.StatusCode = 304;
        else
            await SendAsync(context, asset);
    }

    private static async Task SendAsync(HttpContext context, Asset asset)
    {
        var (length, response) = (asset.Meta.Length ?? asset.Bytes, context.Response);
        response.Headers.AcceptRanges = "bytes";
        response.ContentType = asset.Meta.Format == "pcap" ? "application/vnd.tcpdump.pcap" : "video/mp2t";
        var (from, to) = (0L, length);
        if (WantedRange(context.Request, asset) is { } range)
        {
            (from, to) = (range.From ?? Math.Max(0, length - range.To!.Value), range.From is null ? length : Math.Min(length, (range.To ?? length) + 1));
            if (from >= length)
            {
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{length}");
                response.StatusCode = 416;
                return;
            }
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{to - 1}/{length}");
            response.StatusCode = 206;
        }
        response.ContentLength = to - from;
        if (!HttpMethods.IsHead(context.Request.Method))
            await CopyAsync(context, asset, from, to);
    }

    // RFC 9110 §14.2: a range that is not understood is not there; several are answered with the whole.
    private static RangeItemHeaderValue? WantedRange(HttpRequest request, Asset asset)
    {
        var ifRange = request.Headers.IfRange;
        if (!StringValues.IsNullOrEmpty(ifRange) && ifRange != AssetHeaders.ETag(asset))
            return null;
        return RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var header) && header.Unit == "bytes" && header.Ranges.Count == 1
            ? header.Ranges.First() : null;
    }

    private static async Task CopyAsync(HttpContext context, Asset asset, long from, long to)
    {
        // Open as a player's, so that its bytes stay while they are sent.
        if (!asset.TryOpenLog(out var log, out _))
        {
            context.Abort();
            return;
        }
        using (log)
        using (var content = new AssetContent(asset.DirectoryPath))
        {
            var body = context.Response.BodyWriter;
            for (var unsent = 0; content.Bytes < to && content.TryNext(out var piece);)
            {
                var at = content.Bytes - piece.Length;
                if (content.Bytes <= from)
                    continue;
                piece = piece[(int)Math.Max(0, from - at)..(int)Math.Min(piece.Length, to - at)];
                piece.CopyTo(body.GetSpan(piece.Length));
                body.Advance(piece.Length);
                unsent += piece.Length;
                if (unsent < FlushBytes)
                    continue;
                unsent = 0;
                if ((await body.FlushAsync(context.RequestAborted)).IsCompleted)
                    return;
            }
            await body.FlushAsync(context.RequestAborted);
            // What is missing on the disk is missing: the reader hears of it by the broken connection.
            if (content.Bytes < to)
                context.Abort();
        }
    }
}
