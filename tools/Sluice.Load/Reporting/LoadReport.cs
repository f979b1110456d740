using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Load.Reporting;

/// <summary>
/// One run, as <c>--json</c> writes it: the schema is these records with camel-case names. Fields are added, never renamed; a field
/// that the role or the options do not fill is absent. Times in nanoseconds unless the name says otherwise.
/// </summary>
/// <param name="Role"><c>send</c> or <c>receive</c>.</param>
/// <param name="Command">The command line.</param>
/// <param name="Cpus">Cores that the process may run on.</param>
/// <param name="Start">Wall clock, ISO 8601.</param>
/// <param name="DurationNs">Of the measurement: from the first packet to the last.</param>
public sealed record LoadReport(
    string Role, string Command, string Machine, string Kernel, IReadOnlyList<int> Cpus, DateTimeOffset Start, long DurationNs, Totals Totals, Limits Limits)
{
    public string Tool { get; init; } = "sluice-load";
    public int Schema { get; init; } = 1;
    public RtspFigures? Rtsp { get; init; }
    public InjectedFigures? Injected { get; init; }

    /// <summary>Broken bounds, in words; empty when all held.</summary>
    public IReadOnlyList<string> Broken { get; init; } = [];
    public IReadOnlyList<ClientFigures>? Clients { get; init; }

    /// <summary>Packets of all clients (or, sending, departures) in each millisecond from the first on.</summary>
    public IReadOnlyList<uint>? PerMs { get; init; }
}

/// <summary>All clients together, or everything that was sent.</summary>
/// <param name="Lost">Receiving: positions between a client's first and last packet that never came, summed.</param>
/// <param name="Corrupt">Payloads whose checksum did not fit, and datagrams that were neither RTP nor transport packets.</param>
/// <param name="LatencyNs">Receiving: stamp to kernel arrival. Sending: due time to hand-over.</param>
/// <param name="GapMaxNs">The longest silence between two packets of one client.</param>
public sealed record Totals(
    int Clients, long Packets, long Bytes, long Lost, long Duplicates, long OutOfOrder, long Corrupt, Percentiles LatencyNs, Jitter Jitter,
    long GapMaxNs, Peaks PeakToMean, double MdiDelayFactorMs, double CInst)
{
    public double PacketsPerSecond { get; init; }
    public double BitsPerSecond { get; init; }

    /// <summary>Clients that got nothing at all.</summary>
    public int SilentClients { get; init; }
    public long Unstamped { get; init; }
    public long SourceChanges { get; init; }

    /// <summary>RFC 4445: lost packets per second and client.</summary>
    public double MdiMediaLossRate { get; init; }

    /// <summary>Mean over clients and seconds; <see cref="MdiDelayFactorMs"/> is the worst second of the worst client.</summary>
    public double MdiDelayFactorMeanMs { get; init; }

    /// <summary>Each client's own p99 − p1 of latency: the constancy of its delay, the middle client and the worst.</summary>
    public Spread? DelaySpreadNs { get; init; }

    /// <summary>The fastest growth or shrinking of a client's delay.</summary>
    public double DriftNsPerSecondMax { get; init; }
}

/// <summary>Within 0.4 %; the largest and the smallest are exact.</summary>
public sealed record Percentiles(long P50, long P90, long P99, long P999, long Max)
{
    public long Min { get; init; }
    public long Count { get; init; }

    public static Percentiles Of(Figures.Histogram values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(values.ValueAt(0.5), values.ValueAt(0.9), values.ValueAt(0.99), values.ValueAt(0.999), values.Max)
        {
            Min = values.Min, Count = values.Count,
        };
    }
}

/// <summary>RFC 3550 §6.4.1, over the clients at the end.</summary>
public sealed record Jitter(double MeanNs, double MaxNs);

public sealed record Spread(long P50, long Max);

/// <summary>Fullest windows over the mean window, all clients together, for windows of 0.1, 1 and 10 ms.</summary>
public sealed record Peaks(Figures.PeakToMean W100us, Figures.PeakToMean W1ms, Figures.PeakToMean W10ms)
{
    public static Peaks Of(Figures.WindowCounts counts) =>
        new(Figures.PeakToMean.Of(counts, 1), Figures.PeakToMean.Of(counts, 10), Figures.PeakToMean.Of(counts, 100));
}

/// <summary>Whether the tool itself was the limit.</summary>
/// <param name="RcvbufErrors">Datagrams dropped at full sockets of any program on this machine meanwhile.</param>
/// <param name="RxqOverflow">Of these, at the tool's own sockets.</param>
/// <param name="WasTheLimit">Receiving: own drops, or its core was full. Sending: it fell behind its schedule by more than 20 ms, or was refused.</param>
/// <param name="BusyShare">Part of one core that the measuring thread used.</param>
public sealed record Limits(long RcvbufErrors, long RxqOverflow, bool WasTheLimit, double BusyShare)
{
    /// <summary>Part of the time for which that thread was ready to run and another had its core: much of it, and latencies are the machine's.</summary>
    public double StarvedShare { get; init; }
    /// <summary>CPU time of that thread, user and kernel, for each packet of the totals; what is left out by a warm-up still costs.</summary>
    public double CpuNsPerPacket { get; init; }
    public long Refused { get; init; }
    public long Blocked { get; init; }
}

public sealed record InjectedFigures(long Lost, long Duplicates, long Reordered, long SsrcChanges, long Restarts);

/// <summary>What the RTSP clients went through.</summary>
/// <param name="Played">Got 200 for PLAY.</param>
/// <param name="Failed">Were refused, or lost their connection before they were done.</param>
/// <param name="ReplyNs">From the connection's start to the answer to PLAY.</param>
/// <param name="FirstPacketNs">From the connection's start to the first media packet.</param>
public sealed record RtspFigures(int Started, int Played, int Failed, int TornDown, Percentiles ReplyNs, Percentiles FirstPacketNs)
{
    public IReadOnlyList<string> Problems { get; init; } = [];
}

/// <summary>One client; latency within 1.6 %.</summary>
public sealed record ClientFigures(
    string Name, long Packets, long Bytes, long Lost, long Duplicates, long OutOfOrder, long Corrupt, Percentiles LatencyNs, double JitterNs,
    long GapMaxNs, long DelaySpreadNs, double DriftNsPerSecond, double MdiDelayFactorMs);

/// <summary>Everything that goes out as JSON, by generated code.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(LoadReport))]
public sealed partial class LoadJson : JsonSerializerContext
{
    public static string Text(LoadReport report) => JsonSerializer.Serialize(report, Default.LoadReport);

    public static LoadReport? Parse(string text) => JsonSerializer.Deserialize(text, Default.LoadReport);
}
