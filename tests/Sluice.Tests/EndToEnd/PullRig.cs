using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.EndToEnd;

/// <summary>The published binary with channels whose sources are pulled, by name; and what its API says of them.</summary>
internal sealed class PullRig : IAsyncDisposable
{
    private static readonly TimeSpan s_playMax = TimeSpan.FromSeconds(30);

    private PullRig(SluiceProcess sluice, int rtspPort) => (Sluice, RtspPort) = (sluice, rtspPort);

    public SluiceProcess Sluice { get; }
    public int RtspPort { get; }

    public string Url(string channel) => $"rtsp://127.0.0.1:{RtspPort}/{channel}";

    public static async Task<PullRig> StartAsync(params (string Channel, string Source)[] channels)
    {
        var (rtspPort, adminPort) = (FreePorts.One(), FreePorts.One());
        var root = new JsonObject
        {
            ["rtsp"] = new JsonObject { ["listen"] = $"127.0.0.1:{rtspPort}" },
            ["http"] = new JsonObject { ["listen"] = "off" },
            ["admin"] = new JsonObject { ["listen"] = $"127.0.0.1:{adminPort}" },
            ["channels"] = new JsonObject([.. channels.Select(one => KeyValuePair.Create<string, JsonNode?>(
                one.Channel, new JsonObject { ["sources"] = new JsonArray(one.Source) }))]),
        };
        return new PullRig(await SluiceProcess.RunAsync(root.ToJsonString(), adminPort).ConfigureAwait(false), rtspPort);
    }

    /// <summary>The one source of a channel, as the API tells it.</summary>
    public async Task<JsonNode> SourceAsync(string channel)
    {
        var status = await Sluice.GetAsync("/api/status").ConfigureAwait(false);
        return status["channels"]!.AsArray().Single(one => (string)one!["name"]! == channel)!["sources"]![0]!;
    }

    /// <summary>Waits until a channel's source is in a state and, when playing, has packets.</summary>
    public async Task<JsonNode> UntilAsync(string channel, string state)
    {
        JsonNode source = null!;
        await Eventually.TrueAsync($"{channel} {state}", s_playMax, async () =>
        {
            source = await SourceAsync(channel).ConfigureAwait(false);
            return (string)source["session"]!["state"]! == state && (state != "playing" || (bool)source["online"]!);
        }, () => source.ToJsonString() + Sluice.Child.Output.Tail()).ConfigureAwait(false);
        return source;
    }

    public ValueTask DisposeAsync() => Sluice.DisposeAsync();
}
