using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.EndToEnd;

/// <summary>The published binary with assets and one kept channel, <c>news</c>, fed over RTP on loopback; may be killed and started again.</summary>
internal sealed class AssetRig : IAsyncDisposable
{
    public const string Channel = "news";
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    private readonly int _httpPort = FreePorts.One(), _adminPort = FreePorts.One(), _rtspPort = FreePorts.One();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Action<JsonObject>? _change;
    private SluiceProcess? _sluice;

    private AssetRig(Action<JsonObject>? change) => _change = change;

    public string Folder { get; } = TestFolder.Create("assets");
    public int SourcePort { get; } = FreePorts.Pair();
    public SluiceProcess Sluice => _sluice ?? throw new InvalidOperationException("Not started.");
    public string Url(string name) => $"http://127.0.0.1:{_httpPort}/assets/{name}";
    public string AdminUrl(string name) => $"http://127.0.0.1:{_adminPort}/assets/{name}";
    public string RtspUrl(string name) => $"rtsp://127.0.0.1:{_rtspPort}/assets/{name}";
    public string ChannelRtspUrl(string name) => $"rtsp://127.0.0.1:{_rtspPort}/{name}";
    public string ChannelUrl(string file) => $"http://127.0.0.1:{_httpPort}/channels/{file}";
    public IPEndPoint Admin => new(IPAddress.Loopback, _adminPort);

    public static async Task<AssetRig> StartAsync(Action<JsonObject>? change = null)
    {
        var rig = new AssetRig(change);
        await rig.RunAsync();
        return rig;
    }

    /// <summary>kill -9, and another process on the same directories.</summary>
    public async Task KillAndStartAsync()
    {
        Sluice.Child.Signal(Signals.Kill);
        await Sluice.Child.WaitForExitAsync(TimeSpan.FromSeconds(5));
        await Sluice.DisposeAsync();
        await RunAsync();
    }

    /// <summary>A request to the admin listener, which asks nobody who it is.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string name, byte[]? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, AdminUrl(name));
        if (body is not null)
            request.Content = new ByteArrayContent(body);
        foreach (var (header, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(header, value))
                request.Content!.Headers.TryAddWithoutValidation(header, value);
        return await _http.SendAsync(request);
    }

    public Task<byte[]> FileAsync(string name) => _http.GetByteArrayAsync(AdminUrl(name));

    public async Task<(HttpStatusCode Status, JsonNode Answer)> OrderAsync(string name, JsonObject order)
    {
        using var answer = await Sluice.PostAsync($"/api/assets/{name}", order);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonNode>() ?? throw new InvalidDataException("null"));
    }

    public Task<JsonNode> StatusAsync(string name) => Sluice.GetAsync($"/api/assets/{name}");

    /// <summary>Waits until it is whole, or says why it is not.</summary>
    public async Task<JsonNode> WholeAsync(string name)
    {
        // Looked for in the list: one that is begun anew is gone for a moment.
        JsonNode? status = null;
        await Eventually.TrueAsync($"{name} whole", s_bound, async () =>
        {
            var all = (await Sluice.GetAsync("/api/assets"))["assets"]!.AsArray();
            status = all.FirstOrDefault(asset => (string)asset!["name"]! == name) ?? status;
            return (string?)status?["state"] == "complete";
        }, () => status?.ToJsonString() ?? "it was never there");
        return status!;
    }

    /// <summary>The byte with which an upload goes on.</summary>
    public async Task<long> NextByteAsync(string name)
    {
        using var answer = await SendAsync(HttpMethod.Head, name);
        return long.Parse(answer.Headers.GetValues("Upload-Offset").Single(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public static ByteArrayContent Piece(byte[] bytes, long from, int length)
    {
        var content = new ByteArrayContent(bytes, (int)from, length);
        content.Headers.ContentRange = new ContentRangeHeaderValue(from, from + length - 1, bytes.Length);
        return content;
    }

    public async Task<HttpResponseMessage> PutPieceAsync(string name, byte[] bytes, long from, int length)
    {
        using var content = Piece(bytes, from, length);
        return await _http.PutAsync(new Uri(AdminUrl(name)), content);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_sluice is not null)
            await _sluice.DisposeAsync();
    }

    private async Task RunAsync() => _sluice = await SluiceProcess.RunAsync(Configuration(), _adminPort);

    private string Configuration()
    {
        var root = new JsonObject
        {
            ["rtsp"] = new JsonObject { ["listen"] = $"127.0.0.1:{_rtspPort}" },
            ["http"] = new JsonObject { ["listen"] = $"127.0.0.1:{_httpPort}" },
            ["admin"] = new JsonObject { ["listen"] = $"127.0.0.1:{_adminPort}" },
            ["limits"] = new JsonObject { ["replays"] = 32, ["connectionsPerAddress"] = 256 },
            ["store"] = new JsonObject { ["path"] = Folder + "-store", ["size"] = "64MiB", ["segment"] = "1MiB" },
            ["assets"] = new JsonObject { ["path"] = Folder, ["hosts"] = new JsonArray("127.0.0.0/8"), ["stall"] = "500ms" },
            ["channels"] = new JsonObject { [Channel] = new JsonObject { ["sources"] = new JsonArray($"rtp://@:{SourcePort}") } },
        };
        _change?.Invoke(root);
        return root.ToJsonString();
    }
}
