using System.Text.Json.Nodes;
using Sluice.Tests.Kit;

namespace Sluice.Tests.EndToEnd;

/// <summary>The published binary with channels that somebody publishes into.</summary>
internal static class PublishRig
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    /// <param name="change">Last touch on the whole document.</param>
    /// <param name="channels">Their names; each has room for two tracks.</param>
    public static Task<EngineRig> StartAsync(Action<JsonObject>? change, params string[] channels) => EngineRig.StartAsync(new EnginePlan
    {
        Change = root =>
        {
            root["channels"] = new JsonObject(channels.Select(name =>
                KeyValuePair.Create(name, (JsonNode?)new JsonObject { ["sources"] = new JsonArray("publish") })));
            change?.Invoke(root);
        },
    });

    public static string UrlOf(this EngineRig rig, string channel) => $"rtsp://127.0.0.1:{rig.RtspPort}/{channel}";

    /// <summary>What the API says of the channel's publisher.</summary>
    public static async Task<JsonNode> PublisherAsync(this EngineRig rig, string channel) =>
        (await rig.Sluice.GetAsync($"/api/channels/{channel}").ConfigureAwait(false))["sources"]![0]!;

    public static async Task<bool> IsOnlineAsync(this EngineRig rig, string channel) =>
        (await rig.PublisherAsync(channel).ConfigureAwait(false))["online"]!.GetValue<bool>();

    public static Task UntilOnlineAsync(this EngineRig rig, params string[] channels) => Eventually.TrueAsync("the publishers", s_bound, async () =>
    {
        foreach (var channel in channels)
            if (!await rig.IsOnlineAsync(channel).ConfigureAwait(false))
                return false;
        return true;
    });
}
