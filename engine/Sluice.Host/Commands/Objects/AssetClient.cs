using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sluice.Control.Status;
using Sluice.Host.Web;

namespace Sluice.Host.Commands.Objects;

/// <summary>What the engine does not do, as a sentence for people.</summary>
internal sealed class AssetRefusedException(string message) : Exception(message);

/// <summary>
/// A running engine's assets over HTTP. Throws HttpRequestException when it is not there, and <see cref="AssetRefusedException"/> when it refuses.
/// </summary>
internal sealed class AssetClient(Uri admin) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(5) })
    {
        BaseAddress = admin, Timeout = Timeout.InfiniteTimeSpan,
    };

    public void Dispose() => _http.Dispose();

    public async Task<IReadOnlyList<AssetStatus>> ListAsync(CancellationToken stop)
    {
        using var answer = await SendAsync(HttpMethod.Get, "api/assets", stop);
        return (await answer.Content.ReadFromJsonAsync(HostJson.Default.AssetList, stop))!.Assets;
    }

    /// <summary>Null when there is none of that name.</summary>
    public async Task<AssetStatus?> FindAsync(string name, CancellationToken stop) =>
        (await ListAsync(stop)).FirstOrDefault(asset => asset.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public async Task<AssetStatus> OrderAsync(string name, AssetOrder order, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"api/assets/{name}") { Content = JsonContent.Create(order, HostJson.Default.AssetOrder) };
        using var answer = await SendAsync(request, stop);
        return (await answer.Content.ReadFromJsonAsync(HostJson.Default.AssetStatus, stop))!;
    }

    public async Task RemoveAsync(string name, CancellationToken stop)
    {
        using var answer = await SendAsync(HttpMethod.Delete, $"api/assets/{name}", stop);
    }

    /// <summary>What the engine has of one; 0 when it has nothing. A digest means that it is whole, and is its own.</summary>
    public async Task<(long Offset, string? Digest)> HeadAsync(string name, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"assets/{name}");
        using var answer = await _http.SendAsync(request, stop);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return (0, null);
        string? Of(string header) => answer.Headers.TryGetValues(header, out var values) ? values.First() : null;
        var offset = long.TryParse(Of("Upload-Offset"), out var at) ? at : 0;
        return (offset, Of("Upload-Complete") == "?1" ? Of("Repr-Digest") ?? "" : null);
    }

    /// <summary>The rest of a file, from the next byte on.</summary>
    public async Task PutAsync(string name, HttpContent rest, long offset, long length, string digest, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"assets/{name}") { Content = rest };
        request.Headers.ExpectContinue = true;      // a refusal comes before the bytes go
        request.Headers.TryAddWithoutValidation("Upload-Offset", $"{offset}");
        request.Headers.TryAddWithoutValidation("Upload-Length", $"{length}");
        request.Headers.TryAddWithoutValidation("Upload-Complete", "?1");
        request.Content.Headers.TryAddWithoutValidation("Repr-Digest", digest);
        using var answer = await SendAsync(request, stop);
    }

    /// <summary>The file from a byte on; the caller disposes it.</summary>
    public Task<HttpResponseMessage> GetAsync(string name, long from, CancellationToken stop)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"assets/{name}");
        if (from > 0)
            request.Headers.Range = new(from, null);
        return SendAsync(request, stop);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path);
        return await SendAsync(request, stop);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken stop)
    {
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
            throw new AssetRefusedException(await ReasonAsync(answer, stop));
    }

    private static async Task<string> ReasonAsync(HttpResponseMessage answer, CancellationToken stop)
    {
        try
        {
            var problem = await answer.Content.ReadFromJsonAsync(HostJson.Default.Problem, stop);
            if (answer.StatusCode == HttpStatusCode.NotFound && problem?.Title == "Not found")
                return "this engine keeps no assets: give its configuration \"assets\": { \"path\": … } and start it anew";
            return $"{problem?.Title}: {problem?.Detail}";
        }
        catch (JsonException)
        {
            return $"that is no engine: it answers {(int)answer.StatusCode} {answer.ReasonPhrase}";
        }
    }
}
