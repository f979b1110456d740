using System.Net;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>What differs from one engine run to the next; everything else is the default of the configuration.</summary>
internal sealed record EnginePlan
{
    /// <summary>Destinations, as the configuration file writes them.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>Behind <c>rtp://@:port</c>, as <c>?from=127.0.0.1</c>.</summary>
    public string SourceQuery { get; init; } = "";
    /// <summary>The channel's <c>retransmit</c> mode.</summary>
    public string? Retransmit { get; init; }
    public string SourceScheme { get; init; } = "rtp";
    public int? RtspSessions { get; init; }
    public string Threads { get; init; } = "auto";
    public string Profile { get; init; } = "balanced";

    /// <summary>Delay mode of the channel, over the default range.</summary>
    public string? DelayMode { get; init; }
    public string? StorePath { get; init; }
    /// <summary>Last touch on the whole document.</summary>
    public Action<JsonObject>? Change { get; init; }
    public string StoreSize { get; init; } = "64MiB";

    /// <summary>See <see cref="SluiceProcess.RunAsync"/>.</summary>
    public string? ShellBefore { get; init; }
}

/// <summary>The published binary with one channel, <c>news</c>, fed over RTP on loopback; default delays (spread over 500 ms).</summary>
internal sealed class EngineRig : IAsyncDisposable
{
    public const string Channel = "news";
    private int _rtspPort, _adminPort;
    private SluiceProcess? _sluice;

    public int SourcePort { get; } = FreePorts.Pair();
    public int RtspPort => _rtspPort;
    public string RtspUrl => $"rtsp://127.0.0.1:{_rtspPort}/{Channel}";
    public IPEndPoint Source => new(IPAddress.Loopback, SourcePort);
    public SluiceProcess Sluice => _sluice ?? throw new InvalidOperationException("Not started.");

    /// <param name="plan">The configuration.</param>
    /// <param name="rig">A new rig whose source port is wanted before the engine runs.</param>
    public static async Task<EngineRig> StartAsync(EnginePlan plan, EngineRig? rig = null)
    {
        rig ??= new EngineRig();
        (rig._rtspPort, rig._adminPort) = (FreePorts.One(), FreePorts.One());
        rig._sluice = await SluiceProcess.RunAsync(rig.Configuration(plan), rig._adminPort, plan.ShellBefore).ConfigureAwait(false);
        return rig;
    }

    public string Configuration(EnginePlan plan)
    {
        var root = new JsonObject
        {
            ["rtsp"] = new JsonObject { ["listen"] = $"127.0.0.1:{_rtspPort}" },
            ["http"] = new JsonObject { ["listen"] = "off" },
            ["admin"] = new JsonObject { ["listen"] = $"127.0.0.1:{_adminPort}" },
            ["limits"] = new JsonObject { ["rtspSessions"] = plan.RtspSessions ?? 64, ["connectionsPerAddress"] = 256 },
            ["threads"] = plan.Threads,
            ["profile"] = plan.Profile,
            ["channels"] = new JsonObject
            {
                [Channel] = new JsonObject
                {
                    ["sources"] = new JsonArray($"{plan.SourceScheme}://@:{SourcePort}{plan.SourceQuery}"),
                    ["outputs"] = new JsonArray([.. plan.Outputs.Select(o => (JsonNode)o)]),
                },
            },
        };
        if (plan.DelayMode is { } mode)
            root["channels"]![Channel]!["delay"] = new JsonObject { ["mode"] = mode };
        if (plan.Retransmit is { } again)
            root["channels"]![Channel]!["retransmit"] = new JsonObject { ["mode"] = again };
        if (plan.StorePath is { } path)
            root["store"] = new JsonObject { ["path"] = path, ["size"] = plan.StoreSize, ["segment"] = "1MiB" };
        plan.Change?.Invoke(root);
        return root.ToJsonString();
    }

    /// <summary>One counter of the channel's only source.</summary>
    public async Task<long> SourceCounterAsync(string name)
    {
        var channel = await Sluice.GetAsync($"/api/channels/{Channel}").ConfigureAwait(false);
        return channel["sources"]![0]![name]!.GetValue<long>();
    }

    public async Task<JsonNode[]> ClientsAsync() =>
        [.. (await Sluice.GetAsync($"/api/channels/{Channel}/clients").ConfigureAwait(false))["clients"]!.AsArray().Select(c => c!)];

    public ValueTask DisposeAsync() => _sluice?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Fails unless these receivers got everything, in order and whole, and were not the limit themselves.</summary>
    public static void AssertWhole(RtpReceiver receiver, IEnumerable<PortRecord> records, int packetsMin)
    {
        Assert.False(receiver.WasTheLimit, "The receiver itself dropped packets; this run proves nothing.");
        Assert.All(records, record =>
        {
            var score = PortScore.Of(record);
            Assert.True(score is { Lost: 0, Duplicates: 0, OutOfOrder: 0, WithoutStamp: 0 } && score.Received >= packetsMin && record.Malformed == 0,
                $"{score}, malformed {record.Malformed}, wanted {packetsMin} or more; RcvbufErrors of the machine +{receiver.RcvbufErrors}");
        });
    }
}
