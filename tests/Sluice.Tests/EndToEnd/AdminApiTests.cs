using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>The published binary's HTTP API: every route answers, and outputs come and go while the stream runs.</summary>
[Collection(QuietMachine.Name)]
public class AdminApiTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(15);
    private static readonly string s_clients = $"/api/channels/{EngineRig.Channel}/clients";

    /// <summary>A result type that is missing from the generated JSON code shows only here, in the native binary.</summary>
    [Fact]
    public async Task EveryRouteAnswers()
    {
        await using var engine = await EngineRig.StartAsync(new EnginePlan());
        foreach (var path in (string[])["/", "/health", "/api/status", "/api/channels", $"/api/channels/{EngineRig.Channel}", s_clients,
            "/api/burst", $"/api/burst?channel={EngineRig.Channel}", "/api/schema", "/metrics"])
            Assert.NotEmpty(await engine.Sluice.GetTextAsync(path));
        Assert.Equal(HttpStatusCode.NotFound, (await engine.Sluice.DeleteAsync("/api/clients/1")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await engine.Sluice.PostAsync(s_clients, new JsonObject())).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await engine.Sluice.PostAsync("/api/channels/nowhere/clients", Output(FreePorts.Pair()))).StatusCode);
    }

    [Fact]
    public async Task AnOutputIsAddedAndRemovedWhileTheOthersRunOn()
    {
        var ports = FreePorts.Pairs(2);
        using var receiver = new RtpReceiver(ports);
        var (steady, added) = (receiver.Records[0], receiver.Records[1]);
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = [$"rtp://127.0.0.1:{ports[0]}"] });
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond: 300));
        await Eventually.TrueAsync("the stream", s_bound, () => steady.Count > 100);

        var reply = await engine.Sluice.PostAsync(s_clients, Output(ports[1]));
        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
        var id = (await reply.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.Conflict, (await engine.Sluice.PostAsync(s_clients, Output(ports[1]))).StatusCode);
        await Eventually.TrueAsync("packets at the new output", s_bound, () => added.Count > 300);

        Assert.Equal(HttpStatusCode.NoContent, (await engine.Sluice.DeleteAsync($"/api/clients/{id}")).StatusCode);
        await Eventually.TrueAsync("BYE at the removed output", s_bound, () => added.ByeSeen);
        var (countAfterBye, soFar) = (added.Count, steady.Count);
        await Eventually.TrueAsync("two more seconds", s_bound, () => steady.Count > soFar + 600);
        receiver.Stop();
        Assert.Equal(countAfterBye, added.Count);
        EngineRig.AssertWhole(receiver, receiver.Records, packetsMin: 300);
    }

    private static JsonObject Output(int port) => new() { ["to"] = $"rtp://127.0.0.1:{port}" };
}
