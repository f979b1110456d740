using System.Security.Cryptography;
using System.Text;

namespace Sluice.Host.Web;

/// <summary>The status page: one file, nothing else is loaded, and nothing else may be (its policy names its own script only).</summary>
internal sealed class StatusPage
{
    private readonly byte[] _html;
    private readonly string _policy;

    public StatusPage(byte[] html)
    {
        _html = html;
        var text = Encoding.UTF8.GetString(html);
        _policy = $"default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            + $"style-src '{Hash(text, "style")}'; script-src '{Hash(text, "script")}'";
    }

    public Task WriteAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = _policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.Body.WriteAsync(_html, context.RequestAborted).AsTask();
    }

    // W3C Content Security Policy 3, hash-source: the digest of exactly what stands between the tags.
    private static string Hash(string html, string tag)
    {
        var start = html.IndexOf($"<{tag}>", StringComparison.Ordinal) + tag.Length + 2;
        var end = html.IndexOf($"</{tag}>", start, StringComparison.Ordinal);
        return "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(html[start..end])));
    }
}
