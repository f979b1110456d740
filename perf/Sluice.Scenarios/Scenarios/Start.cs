using Sluice.Linux;
using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// From nothing to the first packet.
/// <code>
///   source.c, already sending ──► sluice run (started now) ──► one receiver: when does it hear the first packet?
///   10,000 paused clients ──► EngineCore, live source: CPU of the process while nobody is served
/// </code>
/// </summary>
internal sealed class Start : Scenario
{
    private const int PausedClients = 10_000;

    public override string Name => "start";
    public override string Summary => "P17: start to first packet out, size of the binary, CPU with 10,000 paused clients";

    public override void Run(RunOptions options, Findings findings)
    {
        if (Processes.Find(options.SluicePath) is { } binary)
        {
            using var sink = new Sink(options, 1, 'd');
            var result = Alternate.Run(options.Rounds, () => new Sample(FirstPacketMs(options, sink)));
            findings.Add(
                "P17 start to first packet out", "ms", result[0].Values, Goal.AtMost(150, 50), null,
                "one output without a delay, no reorder window, quantum 16.8 ms; source at 475 packets/s");
            findings.Add("P17 binary", "MB", [new FileInfo(binary).Length / 1e6], Goal.AtMost(20, 12));
        }
        var idle = Alternate.Run(options.Rounds, () => new Sample(PausedPercent(options)));
        findings.Add("P17 CPU with 10,000 paused clients", "%", idle[0].Values, Goal.AtMost(0.5, 0.1), null, "of one core; the source silent");
    }

    private static double FirstPacketMs(RunOptions options, Sink sink)
    {
        using var source = new Source(options, new StreamShape(5e6));
        sink.Reset();
        var start = SystemClock.Now;
        using var server = Server.Sluice(options, new SluiceSettings(1) { Delays = "off", Reorder = "0s" });
        while (sink.Get().Packets == 0 && SystemClock.Now - start < 5_000_000_000)
            Thread.Sleep(1);
        return (SystemClock.Now - start) / 1e6;
    }

    private static double PausedPercent(RunOptions options)
    {
        var plan = new RigPlan(PausedClients, new StreamShape(5e6));
        using var engine = new LiveEngine<DatagramSocket>(plan, options.EngineCore, socket => socket);
        // What is not yet paused after this makes the figure worse, not better.
        Thread.Sleep(300);
        engine.Rig.PauseAll();
        Thread.Sleep(300);
        var before = Environment.CpuUsage.TotalTime;
        var seconds = options.Seconds(1, 5);
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds / seconds * 100;
    }
}
