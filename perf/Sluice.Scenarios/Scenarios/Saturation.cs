using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// The most packets a second that a server on one core passes on: the rate is doubled until packets are missing, then
/// halved in between. What the receivers' own queues dropped has been delivered: it is not the server's loss.
/// <code>
///   source.c, ever faster ──► sluice run, or gst-launch-1.0 udpsrc ! multiudpsink, on one core ──► 100 ports ──► sink.c
/// </code>
/// </summary>
internal sealed class Saturation : Scenario
{
    private const int Clients = 100;
    private const double FirstPerSecond = 100_000, LastPerSecond = 6_400_000;
    private const double LossMax = 0.001;
    private const int HalvingsMax = 5;      // the step between the last two rates is then 3 % of the upper one

    public override string Name => "saturation";
    public override string Summary => "P7: most packets a second on one core before loss, ours beside GStreamer";

    public override void Run(RunOptions options, Findings findings)
    {
        if (Processes.Find(options.SluicePath) is null || Processes.Find("gst-launch-1.0") is null)
        {
            Console.WriteLine($"  left out: needs {options.SluicePath} (--sluice FILE) and gst-launch-1.0");
            return;
        }
        using var sink = new Sink(options, Clients, 'd');
        var rounds = options.Full ? 5 : 1;
        var (ours, theirs) = (new double[rounds], new double[rounds]);
        for (var round = 0; round < rounds; round++)
        {
            ours[round] = Search(options, sink, () => Server.Sluice(options, new SluiceSettings(Clients)));
            theirs[round] = Search(options, sink, () => Server.GStreamer(options, Clients));
        }
        findings.Add(
            "sluice, most packets a second, one core", "packets/s", ours, Goal.Higher, 0,
            $"{Clients} clients, loss below 0.1 %, trains of up to 16 by default at these rates");
        findings.Add("GStreamer, most packets a second, one core", "packets/s", theirs, Goal.Higher, 0);
        findings.Add("P7 sluice / GStreamer", "x", [.. ours.Zip(theirs, (mine, other) => mine / other)], Goal.AtLeast(2.5, 4), 0);
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
        Thread.Sleep(500);
        sink.Reset();
        using var source = new Source(options, new StreamShape(perSecond / Clients * StreamShape.PayloadBytes * 8));
        Thread.Sleep(1_200);
        var wanted = source.Stop() * Clients;
        Thread.Sleep(700);
        var received = sink.Settle();
        return wanted - received.Packets - received.Drops <= wanted * LossMax + 2 * Clients;
    }
}
