using Sluice.Linux;
using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// How exactly an onward stream keeps its offset.
/// <code>
///   source.c ── RTP, 5 Mbit/s ──► sluice run (both cores) ──► port A, live ─────────┐
///                                   └─► store ──► replays ──► ports B, C, +5 s, +12 s ┴─► the same packet's arrivals, one minus the other
/// </code>
/// In the full run for ten minutes. The n-th packet of each port is the same one: all begin with the first that was kept, and none may be lost.
/// </summary>
internal sealed class OffsetError : Scenario
{
    private static readonly int[] s_offsetsMs = [0, 5_000, 12_000];

    public override string Name => "offset";
    public override string Summary => "offset error: arrival at an onward stream − arrival of the same packet live − the offset";

    public override void Run(RunOptions options, Findings findings)
    {
        if (Processes.Find(options.SluicePath) is null)
        {
            Console.WriteLine($"  left out: needs {options.SluicePath} (--sluice FILE)");
            return;
        }
        using var disk = new BenchDisk();
        ArrivalLog[] logs = [.. s_offsetsMs.Select((_, i) => new ArrivalLog(Sink.Port(i)))];
        var settings = new SluiceSettings(s_offsetsMs.Length)
        {
            StorePath = disk.Path, OffsetMs = client => s_offsetsMs[client], DelayNs = _ => 0,
        };
        var seconds = options.Seconds(20, 600);
        using (var server = Server.Sluice(options with { ServerIsFree = true }, settings))
        {
            server.AwaitSource();
            using var source = new Source(options, new StreamShape(5e6));
            for (var end = SystemClock.Now + (long)((seconds + 12) * 1e9); SystemClock.Now < end; ThreadControl.SleepUntil(SystemClock.Now + 2_000_000))
                foreach (var log in logs)
                    log.Read();
        }
        for (var i = 1; i < logs.Length; i++)
            Report(findings, s_offsetsMs[i], logs[0], logs[i]);
        foreach (var log in logs)
            log.Dispose();
    }

    private static void Report(Findings findings, int offsetMs, ArrivalLog live, ArrivalLog offset)
    {
        double[] errorsMs = [.. offset.ArrivalsNs.Zip(live.ArrivalsNs, (late, now) => Math.Abs(late - now - offsetMs * 1e6) / 1e6)];
        var (name, loss) = ($"{offsetMs / 1_000} s", live.Gaps + offset.Gaps);
        findings.Add($"{name}: first packet", "ms", [errorsMs[0]], Goal.AtMost(20), loss);
        findings.Add($"{name}: p50", "ms", [Median.At(errorsMs, 0.5)], Goal.Lower, loss);
        findings.Add($"{name}: p99", "ms", [Median.At(errorsMs, 0.99)], Goal.AtMost(5), loss, $"{errorsMs.Length:N0} packets");
        findings.Add($"{name}: p99 of the last tenth", "ms", [Median.At(errorsMs[^(errorsMs.Length / 10)..], 0.99)], Goal.AtMost(5), loss);
    }
}
