using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit.Net;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// What a request to the API allocates in the published binary: that makes collections, which stand the sending threads still. With a thousand clients,
/// because what grows with their number shows there.
/// </summary>
[Collection(QuietMachine.Name)]
public sealed class ApiCostTests(ITestOutputHelper output)
{
    private const int Clients = 1_000, Asks = 2_000, Changes = 200;

    // 128 and 7,583 bytes when this was written; it had been 2,107 and 260,761.
    private const double AskBytesMax = 1_000, ChangeBytesMax = 30_000;
    private static readonly string s_clients = $"/api/channels/{EngineRig.Channel}/clients";

    [Fact]
    public async Task ARequestAllocatesLittleHoweverManyClientsThereAre()
    {
        var ports = FreePorts.Pairs(Clients + 1);
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = [.. ports.Take(Clients).Select(port => $"rtp://127.0.0.1:{port}")] });
        var ask = await PerTurnAsync(engine, Asks, () => engine.Sluice.GetTextAsync("/api/channels"));
        var change = await PerTurnAsync(engine, Changes, () => ChangeAsync(engine, ports[Clients]));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"GET /api/channels {ask:0} bytes, an output added and removed {change:0} bytes"));
        Assert.InRange(ask, 0, AskBytesMax);
        Assert.InRange(change, 1, ChangeBytesMax);
    }

    private static async Task ChangeAsync(EngineRig engine, int port)
    {
        using var reply = await engine.Sluice.PostAsync(s_clients, new JsonObject { ["to"] = $"rtp://127.0.0.1:{port}" });
        var id = (await reply.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        using var removed = await engine.Sluice.DeleteAsync($"/api/clients/{id}");
        Assert.True(removed.IsSuccessStatusCode, $"{removed.StatusCode}");
    }

    // Less what asking for the figure costs.
    private static async Task<double> PerTurnAsync(EngineRig engine, int turns, Func<Task> turn)
    {
        await turn();
        var (first, begin) = (await AllocatedAsync(engine), await AllocatedAsync(engine));
        for (var i = 0; i < turns; i++)
            await turn();
        return (await AllocatedAsync(engine) - begin - (begin - first)) / turns;
    }

    private static Task<double> AllocatedAsync(EngineRig engine) => engine.Sluice.MetricAsync("dotnet_allocated_bytes_total");
}
