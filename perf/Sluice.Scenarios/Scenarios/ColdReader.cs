using System.Net;
using System.Net.Sockets;
using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// Whether replays that must read the disk disturb live clients.
/// <code>
///   source.c ── RTP, 5 Mbit/s ──► sluice run (both cores, packets on their own, paced by the RTP clock) ──► 100 ports ──► sink.c
///                                   └─► store ──► [cold.c, ten times a second] ──► 20 replays, 10 to 12 s after now ── or none, in turn
/// </code>
/// The pages of the store's files are dropped in both, so that what is replayed always comes from the disk. A packet's error: see <see cref="AmidTicks"/>.
/// </summary>
internal sealed class ColdReader : Scenario
{
    private const int Clients = 100;
    private const int Readers = 20;
    private const int LongestOffsetMs = 12_500;
    private const int FirstReaderPort = 13_000;

    public override string Name => "cold-reader";
    public override string Summary => "departure error of live clients while 20 replays read dropped pages, beside a run without them";

    public override void Run(RunOptions options, Findings findings)
    {
        if (Processes.Find(options.SluicePath) is null)
        {
            Console.WriteLine($"  left out: needs {options.SluicePath} (--sluice FILE)");
            return;
        }
        using var disk = new BenchDisk();
        using var sink = new Sink(options, Clients, 'l');
        var sockets = Enumerable.Range(0, Readers).Select(Unread).ToArray();
        var (without, with, loss) = (new List<long[]>(), new List<long[]>(), 0L);
        for (var round = 0; round <= options.Rounds; round++)
        {
            var alone = Measure(options, sink, disk, 0, ref loss);
            var read = Measure(options, sink, disk, Readers, ref loss);
            if (round == 0)
                continue;
            without.Add(alone);
            with.Add(read);
        }
        foreach (var socket in sockets)
            socket.Dispose();
        foreach (var (name, at) in new[] { ("p50", 0), ("p99", 1), ("p99.9", 2) })
        {
            findings.Add($"no reader, {name}", "ms", [.. without.Select(round => round[at] / 1e6)], Goal.Lower, loss);
            findings.Add($"20 cold readers, {name}", "ms", [.. with.Select(round => round[at] / 1e6)], Goal.Lower, loss);
        }
        findings.Add("cold readers / none, p99.9", "x", [.. with.Zip(without, (one, other) => (double)one[2] / other[2])], Goal.AtMost(1.3, 1.1), loss);
    }

    private static long[] Measure(RunOptions options, Sink sink, BenchDisk disk, int readers, ref long loss)
    {
        disk.Clear();
        int[] ports = [.. Enumerable.Range(0, readers).Select(i => FirstReaderPort + 2 * i)];
        var settings = AmidTicks.Settings(Clients) with { StorePath = disk.Path, OffsetPorts = ports };
        using var server = Server.Sluice(options with { ServerIsFree = true }, settings);
        using var source = AmidTicks.Source(options);
        sink.AwaitFlow(Clients * AmidTicks.PacketsPerSecond);
        Thread.Sleep(LongestOffsetMs);
        sink.Reset();
        for (var left = options.Seconds(50, 100); left > 0; left--)
        {
            disk.MakeCold(options, isWrittenFirst: false);
            Thread.Sleep(100);
        }
        var errors = sink.Errors();
        loss += sink.Get().Drops;
        return errors;
    }

    // Somebody is there, so that the kernel does not answer for him; what he does not read is dropped.
    private static Socket Unread(int reader)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4_096 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, FirstReaderPort + 2 * reader));
        return socket;
    }
}
