using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// Whether the control plane disturbs departures.
/// <code>
///   source.c ── RTP ──► sluice run (both cores, packets on their own, paced by the RTP clock) ──► 100 ports ──► sink.c
///                            ▲                                                   kernel receive time − scheduled time
///   ApiLoad ── 1,000 GET /api/channels a second, 50 outputs added and 50 removed a second ── or nothing, in turn
/// </code>
/// A packet's error is how much later it came than the earliest of its client (see <see cref="AmidTicks"/>).
/// </summary>
internal sealed class BusyControl : Scenario
{
    private const int Clients = 100;
    private const int WarmMs = 1_000;           // the API's own first answers
    private const string Admin = "127.0.0.1:19090";

    public override string Name => "busy-control";
    public override string Summary => "P20: departure error while the API answers 1,000 requests/s and clients come and go, beside a quiet run";

    public override void Run(RunOptions options, Findings findings)
    {
        if (Processes.Find(options.SluicePath) is null)
        {
            Console.WriteLine($"  left out: needs {options.SluicePath} (--sluice FILE)");
            return;
        }
        using var sink = new Sink(options, Clients, 'l');
        var (quiet, busy, answered, loss) = (new List<long[]>(), new List<long[]>(), new List<double>(), 0L);
        for (var round = 0; round <= options.Rounds; round++)
        {
            var rested = Measure(options, sink, load: false, ref loss, answered);
            var disturbed = Measure(options, sink, load: true, ref loss, answered);
            if (round == 0)
                continue;
            quiet.Add(rested);
            busy.Add(disturbed);
        }
        Report(findings, "p50", 0, quiet, busy, loss, null);
        Report(findings, "p99", 1, quiet, busy, loss, null);
        Report(findings, "p99.9", 2, quiet, busy, loss, Goal.AtMost(1.3, 1.1));
        findings.Add("requests that the API answered", "per s", answered, Goal.Higher, null, "1,000 asked for, and 100 more that add or remove a client");
    }

    private static void Report(Findings findings, string name, int at, List<long[]> quiet, List<long[]> busy, long loss, Goal? goal)
    {
        findings.Add($"quiet, {name}", "ms", [.. quiet.Select(round => round[at] / 1e6)], Goal.Lower, loss);
        findings.Add($"busy, {name}", "ms", [.. busy.Select(round => round[at] / 1e6)], Goal.Lower, loss);
        if (goal is { } limit)
            findings.Add($"P20 busy / quiet, {name}", "x", [.. busy.Zip(quiet, (one, other) => (double)one[at] / other[at])], limit, loss);
    }

    private static long[] Measure(RunOptions options, Sink sink, bool load, ref long loss, List<double> answered)
    {
        var settings = AmidTicks.Settings(Clients) with { Admin = Admin, MoreClients = ApiLoad.OutputsMax };
        using var server = Server.Sluice(options with { ServerIsFree = true }, settings);
        using var source = AmidTicks.Source(options);
        sink.AwaitFlow(Clients * AmidTicks.PacketsPerSecond);
        using var api = load ? new ApiLoad(Admin, options.OtherCore) : null;
        Thread.Sleep(WarmMs);
        api?.BeginCounting();
        sink.Reset();
        var seconds = options.Seconds(3, 8);
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        var errors = sink.Errors();
        if (api is not null)
            answered.Add(api.Answered / seconds);
        loss += sink.Get().Drops;
        return errors;
    }
}
