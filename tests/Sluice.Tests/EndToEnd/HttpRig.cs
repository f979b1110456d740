using System.Net;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.EndToEnd;

/// <summary>The published binary with its public HTTP listener open and one channel, <c>news</c>, fed over RTP on loopback.</summary>
internal sealed class HttpRig : IAsyncDisposable
{
    public const string Channel = "news";
    private readonly int _httpPort = FreePorts.One(), _adminPort = FreePorts.One();
    private SluiceProcess? _sluice;

    public int SourcePort { get; } = FreePorts.Pair();
    public IPEndPoint Http => new(IPAddress.Loopback, _httpPort);
    public IPEndPoint Source => new(IPAddress.Loopback, SourcePort);
    public string Url(string path = $"/channels/{Channel}.ts") => $"http://127.0.0.1:{_httpPort}{path}";
    public SluiceProcess Sluice => _sluice ?? throw new InvalidOperationException("Not started.");

    /// <param name="change">Changes the configuration before the engine reads it.</param>
    public static async Task<HttpRig> StartAsync(Action<JsonObject>? change = null)
    {
        var rig = new HttpRig();
        var root = rig.Configuration();
        change?.Invoke(root);
        rig._sluice = await SluiceProcess.RunAsync(root.ToJsonString(), rig._adminPort).ConfigureAwait(false);
        return rig;
    }

    public async Task<JsonNode[]> ClientsAsync() =>
        [.. (await Sluice.GetAsync($"/api/channels/{Channel}/clients").ConfigureAwait(false))["clients"]!.AsArray().Select(c => c!)];

    /// <summary>One metric without labels.</summary>
    public Task<double> MetricAsync(string name) => Sluice.MetricAsync(name);

    public ValueTask DisposeAsync() => _sluice?.DisposeAsync() ?? ValueTask.CompletedTask;

    private JsonObject Configuration() => new()
    {
        ["rtsp"] = new JsonObject { ["listen"] = "off" },
        ["http"] = new JsonObject { ["listen"] = $"127.0.0.1:{_httpPort}" },
        ["admin"] = new JsonObject { ["listen"] = $"127.0.0.1:{_adminPort}" },
        ["channels"] = new JsonObject { [Channel] = new JsonObject { ["sources"] = new JsonArray($"rtp://@:{SourcePort}") } },
    };
}
