using System.Globalization;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Loads;

/// <summary>What a scenario says to the published server; what it does not say stays at the server's default.</summary>
internal sealed record SluiceSettings(int Clients)
{
    public string Quantum { get; init; } = "auto";
    public string Delays { get; init; } = "spread";
    public string Reorder { get; init; } = "50ms";
    public string Pace { get; init; } = "arrival";

    /// <summary>Each client's own delay, ns, by its number; null = by <see cref="Delays"/>.</summary>
    public Func<int, long>? DelayNs { get; init; }

    /// <summary>Where the API listens; port 0 = nobody asks it.</summary>
    public string Admin { get; init; } = "127.0.0.1:0";

    /// <summary>Outputs that may be added beside the fixed ones.</summary>
    public int MoreClients { get; init; } = 1;

    /// <summary>Where the channel is kept; null for no store.</summary>
    public string? StorePath { get; init; }

    /// <summary>Outputs at an offset, ms, of the client's number; null for none.</summary>
    public Func<int, int>? OffsetMs { get; init; }

    /// <summary>Further destinations, each some 10 s after now.</summary>
    public IReadOnlyList<int> OffsetPorts { get; init; } = [];

    public string ToJson()
    {
        var store = StorePath is { } path ? $$""" "store": { "path": "{{path}}", "size": "256MiB" },""" : "";
        var outputs = string.Join(',', Enumerable.Range(0, Clients)
            .Select(client => Output(Sink.Port(client), OffsetMs?.Invoke(client) ?? 0, DelayNs?.Invoke(client)))
            .Concat(OffsetPorts.Select((port, i) => Output(port, 10_000 + 100 * i, null))));
        return $$"""
            { "rtsp": { "listen": "off" }, "http": { "listen": "off" }, "admin": { "listen": "{{Admin}}" },
              {{store}} "limits": { "clients": {{Clients + OffsetPorts.Count + MoreClients}}, "replays": 1024 },
              "channels": { "bench": { "sources": [ "rtp://127.0.0.1:{{Source.Port}}" ], "quantum": "{{Quantum}}", "reorder": "{{Reorder}}", "pace": "{{Pace}}",
                "delay": { "mode": "{{Delays}}" }, "outputs": [ {{outputs}} ] } } }
            """;
    }

    private static string Output(int port, int offsetMs, long? delayNs)
    {
        var delay = delayNs is { } ns ? string.Create(CultureInfo.InvariantCulture, $", \"delay\": \"{ns / 1e3}us\"") : "";
        var offset = offsetMs > 0 ? $", \"offset\": \"{offsetMs}ms\"" : "";
        return $"{{ \"to\": \"rtp://127.0.0.1:{port}\"{delay}{offset} }}";
    }
}
