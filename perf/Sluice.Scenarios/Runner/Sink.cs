using System.Diagnostics;

namespace Sluice.Scenarios.Runner;

/// <summary>What has come in so far.</summary>
internal readonly record struct Received(long Packets, long Bytes, long Drops, long BusyNs)
{
    /// <summary>With what the receivers' own queues dropped: it has been delivered.</summary>
    public long Passed => Packets + Drops;
}

/// <summary>N receivers in a process of their own (<c>Native/sink.c</c>).</summary>
internal sealed class Sink : IDisposable
{
    public const int FirstPort = 10_000;

    // A window of a tenth of a second need not end between two trains.
    private const double EnoughOfFlow = 0.95;

    private readonly Process _process;

    /// <param name="options">Where to sit.</param>
    /// <param name="ports">How many: 10000, 10002, …</param>
    /// <param name="mode">d drains, i never reads, s drains and stamps, g drains with UDP_GRO, l drains and keeps how late packets are.</param>
    public Sink(RunOptions options, int ports, char mode)
    {
        Ports = ports;
        _process = options.Native.Start("sink.c", FirstPort, ports, options.OtherCore, mode);
        if (_process.StandardOutput.ReadLine() != "ready")
            throw new InvalidOperationException("the receivers did not come up: is a port from 10000 on taken, or the limit of open files too low?");
    }

    public int Ports { get; }

    public static ushort Port(int client) => (ushort)(FirstPort + 2 * client);

    public void Reset() => Ask("reset");

    public Received Get()
    {
        var numbers = Native.Numbers(Ask("get"));
        return new Received(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    /// <summary>
    /// Waits until a tenth of a second brings as many packets as are due, so that every client has begun; half a minute at most: a run that does not
    /// come up does not count.
    /// </summary>
    public void AwaitFlow(double packetsPerSecond)
    {
        var rate = 0.0;
        for (var tries = 0; tries < 300 && rate < EnoughOfFlow * packetsPerSecond; tries++)
        {
            var (before, watch) = (Get().Passed, Stopwatch.StartNew());
            Thread.Sleep(100);
            rate = (Get().Passed - before) / watch.Elapsed.TotalSeconds;
        }
        if (rate < EnoughOfFlow * packetsPerSecond)
            throw new InvalidOperationException($"{rate:F0} packets/s come where {packetsPerSecond:F0} are due");
    }

    /// <summary>Waits for the first packet, ten seconds at most.</summary>
    public void AwaitFirst()
    {
        if (!SpinWait.SpinUntil(() => Get().Passed > 0, TimeSpan.FromSeconds(10)))
            throw new InvalidOperationException("nothing comes");
    }

    /// <summary>Waits until nothing more comes in, three seconds at most.</summary>
    public Received Settle()
    {
        var before = Get();
        for (var tries = 0; tries < 30; tries++)
        {
            Thread.Sleep(100);
            var after = Get();
            if (after.Packets == before.Packets)
                break;
            before = after;
        }
        return before;
    }

    /// <summary>Packets of each millisecond since the first, by kernel receive timestamps.</summary>
    public long[] Windows() => Native.Numbers(Ask("windows"));

    /// <summary>How late packets were beyond the least of their port, ns: p50, p99, p99.9, and how many packets (mode l).</summary>
    public long[] Errors() => Native.Numbers(Ask("errors"));

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Ask(string question)
    {
        _process.StandardInput.WriteLine(question);
        _process.StandardInput.Flush();
        return _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the receivers have gone");
    }
}
