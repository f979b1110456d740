using System.Text.Json;
using Sluice.Control.Configuration;

namespace Sluice.Host.Web;

/// <summary>An error as RFC 9457 says it, with the mistakes of a request body where there are any.</summary>
internal sealed record Problem(string Type, string Title, int Status, string? Detail, IReadOnlyList<ConfigMistake>? Mistakes = null);

/// <summary>Writes errors and answers, so that no route has a form of its own.</summary>
internal static class Problems
{
    public static Task WriteAsync(HttpContext context, int status, string title, string? detail, IReadOnlyList<ConfigMistake>? mistakes = null)
    {
        context.Response.StatusCode = status;
        var problem = new Problem("about:blank", title, status, detail, mistakes);
        return WriteJsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(problem, HostJson.Default.Problem), "application/problem+json");
    }

    /// <summary>Typed by its metadata: a type that source generation does not know is an error of the compiler.</summary>
    public static Task WriteAsync<T>(HttpContext context, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        WriteAsync(context, JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>An answer that is JSON already.</summary>
    public static Task WriteAsync(HttpContext context, byte[] json) => WriteJsonAsync(context, json, "application/json");

    private static Task WriteJsonAsync(HttpContext context, byte[] json, string contentType)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = json.Length;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask
            : context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }
}

/// <summary>Gives every error that has no body yet a body, and turns an exception into a 500 and a log line.</summary>
internal sealed class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, e.StatusCode, e.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; there is nobody to tell.
        }
        catch (Exception e)
        {
            log.RequestFailed(e, context.Request.Method, LogText.OneLine(context.Request.Path));
            await RefuseAsync(context, 500, "The log says more.");
        }
        if (!context.Response.HasStarted && context.Response is { StatusCode: >= 400, ContentType: null })
            await RefuseAsync(context, context.Response.StatusCode, null);
    }

    private static Task RefuseAsync(HttpContext context, int status, string? detail) => context.Response.HasStarted
        ? Task.CompletedTask
        : Problems.WriteAsync(context, status, Title(status), detail ?? Hint(status));

    private static string Title(int status) => status switch
    {
        400 => "Bad request",
        404 => "Not found",
        405 => "Method not allowed",
        408 => "The request took too long",
        413 => "The request is too large",
        415 => "JSON expected",
        500 => "Internal error",
        _ => "Refused",
    };

    private static string? Hint(int status) => status switch
    {
        404 => "There is nothing at this path.",
        405 => "This path does not take this method; see the Allow header.",
        _ => null,
    };
}

/// <summary>Text of a request as a log may show it.</summary>
internal static class LogText
{
    public static string OneLine(string? text) =>
        string.Concat((text ?? "").Take(200).Select(c => char.IsControl(c) || c > '~' ? '?' : c));
}
