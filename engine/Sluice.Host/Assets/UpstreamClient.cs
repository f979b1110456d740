using System.Net;
using System.Net.Sockets;
using Sluice.Control.Assets;

namespace Sluice.Host.Assets;

/// <summary>A URL that the policy does not allow, or an address behind it.</summary>
internal sealed class UpstreamForbiddenException(string message) : IOException(message);

/// <summary>
/// HTTP to upstream servers, only where the policy allows: every host is resolved once for each connection, each of its addresses is checked, and the
/// connection goes to one of those that were checked. No proxies, no cookies; redirections are followed here, up to three, and judged like the first URL.
/// </summary>
internal sealed class UpstreamClient : IDisposable
{
    private const int ConnectSeconds = 10;

    private readonly UpstreamPolicy _policy;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly HttpMessageInvoker _http;

    /// <param name="policy">Where it may go.</param>
    /// <param name="resolve">A host's addresses; null = the machine's resolver.</param>
    public UpstreamClient(UpstreamPolicy policy, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        (_policy, _resolve) = (policy, resolve ?? Dns.GetHostAddressesAsync);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(ConnectSeconds),
            PooledConnectionLifetime = TimeSpan.Zero,       // a connection is of the address that was checked for it
            ConnectCallback = ConnectAsync,
        });
    }

    /// <summary>Sends a request and follows redirections; the answer's head. Throws HttpRequestException and UpstreamForbiddenException.</summary>
    /// <param name="url">Where.</param>
    /// <param name="prepare">Adds headers; called for each hop.</param>
    /// <param name="stop">Ends it.</param>
    public async Task<HttpResponseMessage> GetAsync(Uri url, Action<HttpRequestMessage> prepare, CancellationToken stop)
    {
        for (var hops = 0; ; hops++)
        {
            if (_policy.Refusal(url) is { } refusal)
                throw new UpstreamForbiddenException(refusal);
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
            request.Headers.TryAddWithoutValidation("User-Agent", "sluice");
            prepare(request);
            var answer = await SendAsync(request, stop);
            if (!IsRedirection(answer.StatusCode) || answer.Headers.Location is not { } location)
                return answer;
            answer.Dispose();
            if (hops == UpstreamPolicy.RedirectsMax)
                throw new UpstreamForbiddenException($"more than {UpstreamPolicy.RedirectsMax} redirections");
            var next = new Uri(url, location);
            if (url.Scheme == "https" && next.Scheme == "http")
                throw new UpstreamForbiddenException("a redirection from https: to http:");
            url = next;
        }
    }

    /// <summary>Null, or why nothing is connected to this host: for an answer at once. It is judged again when it is connected.</summary>
    public async Task<string?> RefusalAsync(Uri url, CancellationToken stop)
    {
        try
        {
            await ResolveAsync(url.Host.Trim('[', ']'), stop);
            return null;
        }
        catch (UpstreamForbiddenException e)
        {
            return e.Message;
        }
        catch (SocketException)
        {
            return null;        // no name server now is no refusal: it is tried again as any other trouble
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            return await _http.SendAsync(request, stop);
        }
        catch (HttpRequestException e) when (e.InnerException is UpstreamForbiddenException forbidden)
        {
            throw new UpstreamForbiddenException(forbidden.Message);
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken stop)
    {
        var addresses = await ResolveAsync(context.DnsEndPoint.Host, stop);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // One forbidden address forbids the host: what a name leads to is whoever's word that owns the name.
    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken stop)
    {
        var isNamed = !IPAddress.TryParse(host, out var literal) && _policy.IsNamed(host);
        var addresses = literal is null ? await _resolve(host, stop) : [literal];
        foreach (var address in addresses)
            if (_policy.Refusal(address, isNamed) is { } refusal)
                throw new UpstreamForbiddenException(refusal);
        return addresses;
    }

    private static bool IsRedirection(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;
}
