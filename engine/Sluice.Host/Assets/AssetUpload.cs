using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using Sluice.Control.Assets;
using Sluice.Host.Web;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>
/// <c>PUT /assets/NAME</c>: a file, or the next piece of one (<see cref="UploadRequest"/>). A connection that breaks leaves what came; the answer to HEAD says
/// from which byte it goes on.
/// </summary>
internal sealed class AssetUpload(AssetDesk desk)
{
    /// <param name="context">The request.</param>
    /// <param name="name">Of the asset.</param>
    /// <param name="onBegun">Called when its bytes are taken from now on.</param>
    public async Task PutAsync(HttpContext context, string name, Action onBegun)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = desk.Config.AssetSizeBytes;
        if (UploadRequest.Read(HeadersOf(context.Request), out var request) is { } wrong)
            await Problems.WriteAsync(context, 400, "The upload is not understood", $"{wrong}.");
        else if (FlowQuery.Read(context.Request.Query, out var flow) is { } wrongFlow)
            await Problems.WriteAsync(context, 400, "The stream is not understood", wrongFlow);
        else if (request.Offset > 0 && desk.Library.TryFind(name) is null)
            await RefuseAsync(context, new(409, "Not the next byte", "There is nothing of this asset yet: begin with byte 0."), 0);
        else
            await ReceiveAsync(context, WishOf(name, request, flow), request, onBegun);
    }

    private async Task ReceiveAsync(HttpContext context, AssetMeta wish, UploadRequest request, Action onBegun)
    {
        var (work, problem) = await desk.BeginAsync(wish, isNew: request.Offset is null);
        if (work is null)
        {
            await RefuseAsync(context, problem, null);
            return;
        }
        try
        {
            onBegun();
            problem = await TakeAsync(context, work, request) ?? default;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            desk.Log.UploadBroke(wish.Name, work.Taken);
            throw;
        }
        finally
        {
            await desk.EndAsync(work, isKeptOpen: problem.Status != 507);
        }
        if (problem.Status > 0)
            await RefuseAsync(context, problem, desk.Library.TryFind(wish.Name) is null ? 0 : work.Taken);
        else
            await AnswerAsync(context, work.Asset);
    }

    private async Task<AssetProblem?> TakeAsync(HttpContext context, AssetWork work, UploadRequest request)
    {
        if (request.Offset is { } offset && offset != work.Taken)
            return new(409, "Not the next byte", $"The next byte of this asset is {work.Taken}.");
        if (request.Length is { } length && work.Asset.Meta.Length is { } known && length != known)
            return new(409, "Not the announced length", $"This asset was announced with {known} bytes.");
        await work.SaveAsync(work.Asset.Meta with
        {
            Length = work.Asset.Meta.Length ?? request.Length,
            WishedSha256 = work.Asset.Meta.WishedSha256 ?? Base64(request.Sha256),
        });
        var (problem, body) = await ReadAsync(context, work);
        if (problem is null && request.BodySha256 is { } digest && !digest.AsSpan().SequenceEqual(body))
        {
            await work.DiscardAsync();
            return new(422, "Not the announced digest", $"The digest of this body is {UploadRequest.Format(body)}; the asset is thrown away.");
        }
        var isWhole = request.IsLast ?? work.Taken == work.Asset.Meta.Length;
        return problem ?? (isWhole ? await work.FinishAsync() : null);
    }

    private async Task<(AssetProblem? Problem, byte[] Sha256)> ReadAsync(HttpContext context, AssetWork work)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var body = context.Request.BodyReader;
        try
        {
            for (ReadResult read = default; !read.IsCompleted;)
            {
                read = await body.ReadAsync(context.RequestAborted);
                if (work.Asset.Meta.Length is { } length && work.Taken + read.Buffer.Length > length)
                    return (new(400, "More than announced", $"{length} bytes were announced for this asset."), []);
                foreach (var piece in read.Buffer)
                    hash.AppendData(piece.Span);
                if (await work.TakeAsync(read.Buffer) is { } problem)
                    return (problem, []);
                body.AdvanceTo(read.Buffer.End);
            }
            return (null, hash.GetHashAndReset());
        }
        finally
        {
            // However it ended, and whoever ended it: what came is not asked for again.
            if (desk.Library.TryFind(work.Asset.Name) == work.Asset)
                await work.ParkAsync();
        }
    }

    private static async Task AnswerAsync(HttpContext context, Asset asset)
    {
        var isComplete = asset.State == AssetState.Complete;
        context.Response.StatusCode = isComplete ? 201 : 202;
        AssetHeaders.Write(context.Response, asset);
        await Problems.WriteAsync(context, AssetDesk.Status(asset), HostJson.Default.AssetStatus);
    }

    private static Task RefuseAsync(HttpContext context, AssetProblem problem, long? offset)
    {
        if (offset is { } next)
            context.Response.Headers["Upload-Offset"] = next.ToString(CultureInfo.InvariantCulture);
        if (problem.Status == 503)
            context.Response.Headers.RetryAfter = "5";
        return Problems.WriteAsync(context, problem.Status, problem.Title, problem.Detail);
    }

    private static AssetMeta WishOf(string name, UploadRequest request, FlowWish flow) => new()
    {
        Name = name,
        Origin = AssetOrigin.Upload,
        Created = SystemClock.WallNow.ToDateTimeOffset(),
        Length = request.Length,
        WishedSha256 = Base64(request.Sha256),
        Flow = flow,
    };

    private static string? Base64(byte[]? bytes) => bytes is null ? null : Convert.ToBase64String(bytes);

    private static UploadHeaders HeadersOf(HttpRequest request)
    {
        string? Of(string name) => request.Headers[name] is { Count: > 0 } values ? values.ToString() : null;
        return new(request.ContentLength, Of("Content-Range"), Of("Upload-Offset"), Of("Upload-Complete"), Of("Upload-Length"),
            Of("Repr-Digest"), Of("Content-Digest"));
    }
}
