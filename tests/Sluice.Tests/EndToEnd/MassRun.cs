using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// One run of the published binary with a thousand clients: from the first packet of the sender until every client has the last one,
/// or until nothing comes any more. What the engine says about itself is read before it ends.
/// </summary>
internal sealed class MassRun
{
    private static readonly TimeSpan s_tailMax = TimeSpan.FromSeconds(3), s_margin = TimeSpan.FromSeconds(20);
    private readonly Dictionary<int, double> _toldMs = [];
    private JsonNode _channel = new JsonObject();

    private MassRun(string mode, double packetsPerSecond, MassPort[] ports) => (Mode, PacketsPerSecond, Ports) = (mode, packetsPerSecond, ports);

    public string Mode { get; }

    /// <summary>Of each client.</summary>
    public double PacketsPerSecond { get; }
    public MassPort[] Ports { get; }

    /// <summary>How many packets the source has sent; their indexes are below it.</summary>
    public int Sent { get; private set; }
    public long Overflowed { get; private set; }
    public ProcessorTime Used { get; private set; } = new(0, 0, 0, 0, 0, 0, 0, 0);
    public double Seconds { get; private set; }

    /// <summary>The constant delay that the API tells for a port's client.</summary>
    public double ToldMs(MassPort port) => _toldMs[port.Port];

    /// <summary>Departures that the engine counted as dropped: too late, overrun, refused.</summary>
    public long EngineDropped => _channel["sent"]!["dropped"]!.GetValue<long>();

    /// <summary>What did not get into the engine: then the sender or the kernel lost it on the way in.</summary>
    public long SourceLost => _channel["sources"]![0]!["lost"]!.GetValue<long>() + _channel["sources"]![0]!["kernelDrops"]!.GetValue<long>();

    /// <summary>Packets between a client's first and the last one sent that it did not get.</summary>
    public long Missing => Ports.Sum(p => (long)(Sent - p.FirstIndex - p.Count));

    public bool IsWhole => Missing == 0 && Ports.All(p => p is { Duplicates: 0, OutOfOrder: 0, Wrong: 0 });

    /// <summary>
    /// The receiver kept up, and other programs and the hypervisor took less than a quarter of a core: then whatever is wrong is the engine's.
    /// </summary>
    public bool IsTheEngineAlone => Overflowed == 0 && (Used.Others + Used.Stolen) / Seconds < 0.25;

    public static async Task<MassRun> RunAsync(IReadOnlyList<int> ports, string mode, double packetsPerSecond, double seconds)
    {
        var count = (int)(packetsPerSecond * seconds);
        using var receiver = new MassReceiver(ports, packetsMax: 4 * count);
        await using var engine = await EngineRig.StartAsync(
            new EnginePlan { Outputs = [.. ports.Select(p => $"rtp://127.0.0.1:{p}")], DelayMode = mode }).ConfigureAwait(false);
        var run = new MassRun(mode, packetsPerSecond, receiver.Ports);
        await run.PlayAsync(receiver, engine, count).ConfigureAwait(false);
        receiver.Stop();
        run.Overflowed = receiver.Overflowed;
        return run;
    }

    /// <summary>Whose fault a loss is, as the counters tell it.</summary>
    public string Limit => Overflowed > 0 ? $"receiver (its full sockets dropped {Overflowed})"
        : SourceLost > 0 ? $"source side ({SourceLost} did not get in)"
        : EngineDropped > 0 ? $"engine (it dropped {EngineDropped})"
        : IsWhole ? "nobody" : "unknown: nobody's counter shows it";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Mode}: {Ports.Length} clients × {PacketsPerSecond:0} packets/s, {Sent} sent, missing {Missing}, " +
        $"duplicates {Ports.Sum(p => p.Duplicates)}, out of order {Ports.Sum(p => p.OutOfOrder)}, wrong {Ports.Sum(p => p.Wrong)}; " +
        $"limit: {Limit}; {Used.Over(Seconds)}");

    private async Task PlayAsync(MassReceiver receiver, EngineRig engine, int count)
    {
        var pid = engine.Sluice.Child.Pid;
        using var share = new SessionShare(pid);
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond));
        await Eventually.TrueAsync("the first packet at every client", s_margin, () => Ports.All(p => p.Count > 0)).ConfigureAwait(false);
        var (before, startNs) = (ProcessorTime.Now(pid), Stamp.NowNs());
        await Eventually.TrueAsync("all packets sent", s_margin, () => sender.Sent >= count).ConfigureAwait(false);
        (Used, Seconds) = (ProcessorTime.Now(pid).Since(before), (Stamp.NowNs() - startNs) / 1e9);
        Sent = sender.Stop();
        await Eventually.HappenedAsync(s_tailMax, () => Ports.All(p => p.HighestIndex == Sent - 1)).ConfigureAwait(false);
        _channel = await engine.Sluice.GetAsync($"/api/channels/{EngineRig.Channel}").ConfigureAwait(false);
        foreach (var client in await engine.ClientsAsync().ConfigureAwait(false))
            _toldMs[int.Parse(client["address"]!.GetValue<string>().Split(':')[^1], CultureInfo.InvariantCulture)] = client["delayMs"]!.GetValue<double>();
    }
}
