using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>The content provider's offsets (x-sluice-offset in its ANNOUNCE) move the outputs of the published binary in time.</summary>
public sealed class ProviderOffsetRunTests : IDisposable
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);
    private readonly string _store = Directory.CreateTempSubdirectory("sluice-offsets-").FullName;

    public void Dispose() => Directory.Delete(_store, recursive: true);

    [Fact]
    public async Task EveryOutputIsAsFarBehindAsThePublisherSays()
    {
        var ports = FreePorts.Pairs(3);
        await using var rig = await EngineRig.StartAsync(new EnginePlan
        {
            StorePath = _store, DelayMode = "off",
            Outputs = [$"rtp://127.0.0.1:{ports[0]}?offset=1s", $"rtp://127.0.0.1:{ports[1]}?offset=1s", $"rtp://127.0.0.1:{ports[2]}"],
            Change = root =>
            {
                var channel = root["channels"]![EngineRig.Channel]!;
                (channel["sources"], channel["offsets"], channel["publish"]) = (new JsonArray("publish"), "provider", new JsonArray("anna"));
                root["users"] = new JsonObject { ["anna"] = new JsonObject { ["password"] = "pw" } };
            },
        });
        using var receiver = new RtpReceiver(ports);
        using var publisher = await HandPublisher.ConnectAsync(rig, $"a=x-sluice-offset:2\r\na=x-sluice-offset:4 127.0.0.1:{ports[1]}\r\n", ("anna", "pw"));
        await publisher.PublishAsync(overTcp: true);
        var offsets = (await rig.Sluice.GetAsync($"/api/channels/{EngineRig.Channel}/offsets"))["offsets"]!.AsArray();
        Assert.Equal([2, 4, 0], offsets.Select(one => one!["offset"]!.GetValue<double>()));

        await Eventually.TrueAsync("packets at every output", s_bound, async () =>
        {
            await publisher.FramesAsync(1);
            return receiver.Records.All(record => record.Count > 0);
        });
        var first = receiver.Stop().Select(record => record.Packets[0].ArrivalNs / 1e9).ToArray();
        Assert.InRange(first[0] - first[2], 1.95, 2.5);
        Assert.InRange(first[1] - first[2], 3.95, 4.5);
    }
}
