using System.Diagnostics;
using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// The most packets a second that a server on one core passes on: the rate is doubled until packets are missing or come ever later (megabytes
/// of queue before a server hide for seconds that it is too slow), then halved in between. What the receivers' own queues dropped has been
/// delivered: it is not the server's loss.
/// <code>
///   source.c, ever faster ──► sluice run, or gst-launch-1.0 udpsrc ! multiudpsink, on one core ──► 100 ports ──► sink.c
/// </code>
/// To sockets of this machine the kernel cuts every train, at the sender's cost. A network card does that by itself (UDP segmentation
/// offload), and so do receivers with UDP_GRO: with them the last rows show what the server's own core is able to.
/// </summary>
internal sealed class Saturation : Scenario
{
    private const int Clients = 100;
    private const double FirstPerSecond = 200_000, LastPerSecond = 6_400_000;
    private const double LossMax = 0.001;
    private const double LagMax = 0.01;
    private const int LongestDelayMs = 600;     // what a server that is too slow adds shows in the rate
    private const int HalvingsMax = 4;      // the step between the last two rates is then 6 % of the lower one

    public override string Name => "saturation";
    public override string Summary => "P7: most packets a second on one core before loss, ours beside GStreamer";

    public override void Run(RunOptions options, Findings findings)
    {
        if (Processes.Find(options.SluicePath) is null || Processes.Find("gst-launch-1.0") is null)
        {
            Console.WriteLine($"  left out: needs {options.SluicePath} (--sluice FILE) and gst-launch-1.0");
            return;
        }
        Compare(options, findings, 'd', options.Full ? 5 : 1, "", Goal.AtLeast(2.5, 4));
        if (options.Full)
            Compare(options, findings, 'g', 1, ", receivers that take trains whole", Goal.Higher);
    }

    private static void Compare(RunOptions options, Findings findings, char mode, int rounds, string what, Goal goal)
    {
        using var sink = new Sink(options, Clients, mode);
        var (ours, theirs) = (new double[rounds], new double[rounds]);
        for (var round = 0; round < rounds; round++)
        {
            ours[round] = Search(options, sink, () => Server.Sluice(options, new SluiceSettings(Clients)));
            theirs[round] = Search(options, sink, () => Server.GStreamer(options, Clients));
        }
        findings.Add(
            $"sluice, most packets a second, one core{what}", "packets/s", ours, Goal.Higher, 0,
            $"{Clients} clients, loss below 0.1 %, trains of up to 16 by default at these rates");
        findings.Add($"GStreamer, most packets a second, one core{what}", "packets/s", theirs, Goal.Higher, 0);
        findings.Add($"P7 sluice / GStreamer{what}", "x", [.. ours.Zip(theirs, (mine, other) => mine / other)], goal, 0);
    }

    private static double Search(RunOptions options, Sink sink, Func<Server> start)
    {
        var (passed, failed) = (0.0, FirstPerSecond);
        for (; failed < LastPerSecond && Passes(options, sink, start, failed); failed *= 2)
            passed = failed;
        for (var step = 0; step < HalvingsMax; step++)
        {
            var middle = (Math.Max(passed, 1) + failed) / 2;
            (passed, failed) = Passes(options, sink, start, middle) ? (middle, failed) : (passed, middle);
        }
        return passed;
    }

    private static bool Passes(RunOptions options, Sink sink, Func<Server> start, double perSecond)
    {
        using var server = start();
        server.AwaitSource();
        sink.Reset();
        using var source = new Source(options, new StreamShape(perSecond / Clients * StreamShape.PayloadBytes * 8));
        sink.AwaitFirst();
        Thread.Sleep(LongestDelayMs);
        var (before, watch) = (sink.Get().Passed, Stopwatch.StartNew());
        Thread.Sleep(1_500);
        var sustained = (sink.Get().Passed - before) / watch.Elapsed.TotalSeconds;
        var wanted = source.Stop() * Clients;
        var isWhole = wanted - sink.Settle().Passed <= wanted * LossMax + 2 * Clients;
        return isWhole && sustained >= perSecond * (1 - LagMax);
    }
}
